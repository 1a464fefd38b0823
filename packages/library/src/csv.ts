/** A row of CSV (RFC 4180), with the end of its line. */
export function csvRow(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`
}

/**
 * Texts that a spreadsheet would take for a formula are made plain text, and what separates cells in any country's
 * settings is quoted: a part of a text must not become a cell of its own (OWASP, CSV injection).
 */
function cell(text: string): string {
  const safe = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/.test(text) ? `'${text}` : text
  return /[",;|\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

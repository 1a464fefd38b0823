/**
 * A small practice's own database, grown over the years: German names, dates as DD.MM.YYYY, numbers with a decimal
 * comma, no codes where nobody needed them, `storno` where an entry was a mistake.
 */
export const hillcrestSchema = `
CREATE TABLE IF NOT EXISTS pat (
  patnr INTEGER PRIMARY KEY, vorname TEXT NOT NULL, nachname TEXT NOT NULL, titel TEXT, geb TEXT NOT NULL,
  geschlecht TEXT NOT NULL, versnr TEXT, versland TEXT, strasse TEXT, plz TEXT, ort TEXT, bundesland TEXT,
  land TEXT, telefon TEXT, sprache TEXT, famstand TEXT, verstorben TEXT
);
CREATE TABLE IF NOT EXISTS behandler (kuerzel TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kontakt (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), datum TEXT NOT NULL, uhrzeit TEXT,
  art TEXT NOT NULL, code TEXT, anlass TEXT, behandler TEXT, storno INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS diagnose (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), kontakt INTEGER, seit TEXT NOT NULL,
  bis TEXT, code TEXT, diagnose TEXT NOT NULL, stand TEXT NOT NULL, storno INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS allergie (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), kontakt INTEGER, seit TEXT NOT NULL,
  code TEXT, ausloeser TEXT NOT NULL, art TEXT, reaktion TEXT, schwere TEXT, stand TEXT NOT NULL,
  storno INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS rezept (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), kontakt INTEGER, datum TEXT NOT NULL,
  bis TEXT, code TEXT, praeparat TEXT NOT NULL, dosierung TEXT, grund TEXT, stand TEXT NOT NULL,
  storno INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS labor (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), kontakt INTEGER, datum TEXT NOT NULL,
  uhrzeit TEXT, code TEXT, bezeichnung TEXT NOT NULL, wert TEXT, einheit TEXT, unten TEXT, oben TEXT,
  befund TEXT, art TEXT NOT NULL, stand TEXT NOT NULL, storno INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS vitalwerte (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), kontakt INTEGER, datum TEXT NOT NULL,
  uhrzeit TEXT, code TEXT, bezeichnung TEXT NOT NULL, wert TEXT, einheit TEXT, unten TEXT, oben TEXT,
  befund TEXT, art TEXT NOT NULL, stand TEXT NOT NULL, storno INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS impfung (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), kontakt INTEGER, datum TEXT NOT NULL,
  code TEXT, impfstoff TEXT NOT NULL, charge TEXT, storno INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS leistung (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), kontakt INTEGER, datum TEXT NOT NULL,
  bis TEXT, code TEXT, bezeichnung TEXT NOT NULL, grund TEXT, art TEXT NOT NULL,
  storno INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS brief (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL REFERENCES pat (patnr), kontakt INTEGER, datum TEXT NOT NULL,
  art TEXT NOT NULL, betreff TEXT NOT NULL, inhalt TEXT NOT NULL, stand TEXT NOT NULL,
  storno INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS kontakt_pat ON kontakt (patnr);
CREATE INDEX IF NOT EXISTS diagnose_pat ON diagnose (patnr);
CREATE INDEX IF NOT EXISTS allergie_pat ON allergie (patnr);
CREATE INDEX IF NOT EXISTS rezept_pat ON rezept (patnr);
CREATE INDEX IF NOT EXISTS labor_pat ON labor (patnr);
CREATE INDEX IF NOT EXISTS vitalwerte_pat ON vitalwerte (patnr);
CREATE INDEX IF NOT EXISTS impfung_pat ON impfung (patnr);
CREATE INDEX IF NOT EXISTS leistung_pat ON leistung (patnr);
CREATE INDEX IF NOT EXISTS brief_pat ON brief (patnr);
CREATE TABLE IF NOT EXISTS therapist_notes (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL, datum TEXT NOT NULL, notiz TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS arzt_notizen (
  nr INTEGER PRIMARY KEY, patnr INTEGER NOT NULL, datum TEXT NOT NULL, notiz TEXT NOT NULL
);
`

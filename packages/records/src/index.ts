export { openIndexedDbStore } from './indexedDbStore.ts'
export { openMemoryStore } from './memoryStore.ts'
export type { Key, Range, Store, Stored, Write } from './Store.ts'

export type { Key, Range, Store, Stored, Write } from './Store.ts'

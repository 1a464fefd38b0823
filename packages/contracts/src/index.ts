export { abi as ledgerAbi, bytecode as ledgerBytecode } from '../generated/Ledger.ts'
export { abi as registrarAbi, bytecode as registrarBytecode } from '../generated/Registrar.ts'
export { type Batch, batchOf } from './batch.ts'
export { readReasons } from './readReasons.ts'

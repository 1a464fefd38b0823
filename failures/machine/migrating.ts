import { openNodeDatabase } from '@medrec/records/node'
import { bigStep } from '../files.ts'

// A process that opens a node's database as the next version of the node would, whose tables are others.
const database = openNodeDatabase(process.argv[2] as string)
database.migrate('big', [bigStep])
database.close()

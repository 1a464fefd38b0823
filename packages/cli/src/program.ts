import { Command } from 'commander'
import { addAcknowledge } from './commands/acknowledge.ts'
import { addAudit } from './commands/audit.ts'
import { addBackup } from './commands/backup.ts'
import { addContact } from './commands/contact.ts'
import { addDelegate } from './commands/delegate.ts'
import { addDemo } from './commands/demo.ts'
import { addDoctor } from './commands/doctor.ts'
import { addEmergency } from './commands/emergency.ts'
import { addExplain } from './commands/explain.ts'
import { addExposure } from './commands/exposure.ts'
import { addHistory } from './commands/history.ts'
import { addIdentity } from './commands/identity.ts'
import { addInstitution } from './commands/institution.ts'
import { addNetwork } from './commands/network.ts'
import { addNode } from './commands/node.ts'
import { addNotifications } from './commands/notifications.ts'
import { addProvider } from './commands/provider.ts'
import { addQuery } from './commands/query.ts'
import { addRelationship } from './commands/relationship.ts'
import { addRestore } from './commands/restore.ts'
import { addRevoke } from './commands/revoke.ts'
import { addShare } from './commands/share.ts'
import { addStaff } from './commands/staff.ts'
import { addStory } from './commands/story.ts'
import { addVerify } from './commands/verify.ts'

/** The `medrec` command with all that it can do. */
export function newProgram(): Command {
  const program = new Command('medrec')
    .description(
      'Medical records that follow the patient: shared field by field, proven unchanged.',
    )
    .version('0.1.0')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .option('--home <folder>', 'folder of the demonstration or of your own records', '.medrec')
    .option('--as <name>', 'who acts: a person of the demonstration, or your own name')
    .option('--json', 'one JSON object a line, for scripts')
  addDemo(program)
  addNode(program)
  addNetwork(program)
  addStaff(program)
  addProvider(program)
  addInstitution(program)
  addExplain(program)
  addIdentity(program)
  addRelationship(program)
  addContact(program)
  addShare(program)
  addRevoke(program)
  addDelegate(program)
  addEmergency(program)
  addQuery(program)
  addVerify(program)
  addAudit(program)
  addAcknowledge(program)
  addNotifications(program)
  addHistory(program)
  addExposure(program)
  addRestore(program)
  addBackup(program)
  addDoctor(program)
  addStory(program)
  return program
}

import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folder that is this machine's own. */
export const homeOf = ({ RUNLEDGER_HOME }: { RUNLEDGER_HOME?: string | undefined }) =>
  RUNLEDGER_HOME ?? join(homedir(), '.local', 'share', 'runledger')

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const NOBODY = { uid: 65534, gid: 65534 }
const ROOT = { uid: 0, gid: 0 }

/** Nothing of our environment goes in: neither its secrets nor a PGDATA or PGOPTIONS that would change the server. */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  TZ: 'UTC',
  LC_ALL: 'C',
}

export interface User {
  uid: number
  gid: number
}

/** How to run Postgres here: the words before the command, and for whom. */
export interface Launcher {
  prefix: string[]
  /** The user to become, when it is not the present one. */
  become?: User
  /** Who has to own the data folder; absent when we are not root and cannot change it anyway. */
  owner?: User
}

/**
 * Finds a way to run `program` on `dataDir` as a user Postgres accepts (it refuses root), and so that it gets SIGINT when
 * our thread dies, where the system can do that.
 *
 * As root it runs as the owner of the data folder, or as nobody; below a folder that this user may not enter, as root
 * with another name in a user namespace, or else as that user with the right to pass closed doors.
 *
 * @throws Error when root cannot do any of these (a container without user namespaces, say).
 */
export async function chooseLauncher(program: string, dataDir: string): Promise<Launcher> {
  const endWithUs = (await works(['setpriv', '--pdeathsig', 'INT', '--'])) ? ['setpriv', '--pdeathsig', 'INT', '--'] : []
  if (process.getuid?.() !== 0) return { prefix: endWithUs }

  const user = await ownerOf(dataDir)
  if (await mayReach(user, [program, dirname(dataDir)])) return { prefix: endWithUs, become: user, owner: user }

  const renamed = ['unshare', '--user', `--map-user=${NOBODY.uid}`, `--map-group=${NOBODY.gid}`, '--']
  if (await works(renamed)) return { prefix: [...renamed, ...endWithUs], owner: ROOT }
  throw new Error(
    `Postgres does not run as root, and no other user may enter ${dirname(dataDir)} or ${dirname(program)}: ` +
      'let others pass (chmod o+x on each folder above), start as another user, or set DATABASE_URL',
  )
}

/** Starts `program` the launcher's way. Its standard error is a pipe; Ctrl-C in our terminal does not reach it. */
export function launch({ prefix, become }: Launcher, program: string, args: string[]): ChildProcess {
  const [first, ...rest] = [...prefix, program, ...args] as [string, ...string[]]
  return spawn(first, rest, {
    ...become,
    cwd: '/',
    env: ENVIRONMENT,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

async function ownerOf(dataDir: string): Promise<User> {
  const found = await stat(dataDir).catch(() => undefined)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : NOBODY
}

function mayReach(user: User, paths: string[]): Promise<boolean> {
  return works(['sh', '-c', 'for path; do test -x "$path" || exit 1; done', 'sh', ...paths], user)
}

async function works(command: string[], user?: User): Promise<boolean> {
  const [first, ...rest] = [...command, 'true'] as [string, ...string[]]
  return run(first, rest, { ...user, cwd: '/', env: ENVIRONMENT }).then(
    () => true,
    () => false,
  )
}

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const END_WITH_US = ['setpriv', '--pdeathsig', 'INT', '--']
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
 * As root it runs as the owner of the data folder, or as nobody when that is root too; below a folder which that user may
 * not enter, as root under another name, in a user namespace.
 *
 * @throws Error when root can do neither (below a closed folder in a container without user namespaces, say).
 */
export async function chooseLauncher(program: string, dataDir: string): Promise<Launcher> {
  const endWithUs = (await works([...END_WITH_US, 'true'])) ? END_WITH_US : []
  const renamed = ['unshare', '--user', `--map-user=${NOBODY.uid}`, `--map-group=${NOBODY.gid}`, '--']
  if (process.getuid?.() !== 0) {
    const asNobody = !hasName() && (await works([...renamed, 'true']))
    return { prefix: asNobody ? [...renamed, ...endWithUs] : endWithUs }
  }

  const user = await ownerOf(dataDir)
  if (await mayReach(user, [program, dirname(dataDir)]))
    return { prefix: endWithUs, become: user, owner: user }

  if (await works([...renamed, 'true'])) return { prefix: [...renamed, ...endWithUs], owner: ROOT }
  throw new Error(
    `Postgres does not run as root, and no other user may enter ${dirname(dataDir)} or ${dirname(program)}: ` +
      'let others pass (chmod o+x on each folder above), start as another user, or set DATABASE_URL',
  )
}

/** Starts `program` the launcher's way. Its standard error is a pipe; Ctrl-C in our terminal does not reach it. */
export function launch({ prefix, become }: Launcher, program: string, args: string[]): ChildProcess {
  const [first = program, ...rest] = [...prefix, program, ...args]
  return spawn(first, rest, {
    ...become,
    cwd: '/',
    env: ENVIRONMENT,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
}

/** A container run for a bare number (`docker run -u 1234`) has no such user, which initdb will not have. */
function hasName(): boolean {
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

async function ownerOf(dataDir: string): Promise<User> {
  const found = await stat(dataDir).catch(() => undefined)
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : NOBODY
}

function mayReach(user: User, paths: string[]): Promise<boolean> {
  return works(['sh', '-c', 'for path; do test -x "$path" || exit 1; done', 'sh', ...paths], user)
}

function works([first = '', ...rest]: string[], user?: User): Promise<boolean> {
  return run(first, rest, { ...user, cwd: '/', env: ENVIRONMENT }).then(
    () => true,
    () => false,
  )
}

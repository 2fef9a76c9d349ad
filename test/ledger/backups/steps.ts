import { SYSTEM } from '../../../lib/ports/actor.ts'
import type { Context } from '../../../lib/ports/context.ts'
import type { ObjectStore } from '../../../lib/ports/object-store.ts'
import { openPostgres } from '../../../lib/store/postgres/open.ts'
import { createDatabase, type TestDatabase } from '../../support/database.ts'
import { contextOf, type TestLedger } from '../../support/open-ledger.ts'

/** A second, empty database, which sees the objects of the first. */
export interface Second extends Pick<TestDatabase, 'url'> {
  ctx: Context
  close(): Promise<void>
}

export async function openSecond(ledger: TestLedger): Promise<Second> {
  const { url, drop } = await createDatabase()
  const store = await openPostgres({ url })
  const close = async () => {
    await store.close()
    await drop()
  }
  return { url, ctx: contextOf({ ...ledger.ports, ...store }, SYSTEM), close }
}

export function urlOf({ address }: TestLedger): string {
  if (address.engine === 'sqlite') throw new Error('this has no URL')
  return address.url
}

/** The same objects, of which some calls are another's. */
export function withObjects(ctx: Context, change: Partial<ObjectStore>): Context {
  const { objects } = ctx
  const bound = new Proxy(objects, {
    get(target, name) {
      const value = Reflect.get(change, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { ...ctx, objects: bound }
}

/** An object's bytes as they are, and put in their place. */
export async function bytesOf({ objects }: Context, key: string): Promise<Uint8Array> {
  const found = await objects.get(key)
  if (found === null) throw new Error(`there is no ${key}`)
  return new Uint8Array(await new Response(found.body).arrayBuffer())
}

export async function removeAllBackups({ objects }: Context): Promise<void> {
  const all = await objects.list({ prefix: 'backups/' })
  await objects.deleteMany(all.map(({ key }) => key))
}

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { ask, PostgresPlace } from './support/postgres-place.ts'

const here = PostgresPlace.use()

describe('starting', () => {
  it('makes a database in a new folder and answers', async () => {
    const server = await here.start({ dataDir: join(here.folder, 'not', 'yet', 'there'), durable: true })
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('keeps what was written, from one start to the next', async () => {
    await here.copySeed()
    const first = await here.start()
    await ask(first.url, 'create table kept as select 42 as answer')
    await first.stop()
    await first.exited
    expect(await ask((await here.start()).url, 'select * from kept')).toEqual([{ answer: 42 }])
  })

  it('is durable unless told otherwise', async () => {
    await here.copySeed()
    const durable = await here.start({ durable: true })
    expect(await ask(durable.url, 'show fsync')).toEqual([{ fsync: 'on' }])
    await durable.stop()
    const fast = await here.start({ maxConnections: 7 })
    expect(await ask(fast.url, 'show fsync')).toEqual([{ fsync: 'off' }])
    expect(await ask(fast.url, 'show max_connections')).toEqual([{ max_connections: '7' }])
  })

  it('stops although a client is connected, and may be stopped twice', async () => {
    await here.copySeed()
    const server = await here.start()
    const client = new pg.Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    await Promise.all([server.stop(), server.stop()])
    await server.stop()
    await expect(ask(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
  })

  it('asks for the password it was made with, and leaves it in no file', async () => {
    const server = await here.start({ password: 'p@ss/word' })
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    const without = `postgres://postgres:wrong@127.0.0.1:${server.port}/postgres`
    await expect(ask(without, 'select 1')).rejects.toThrow('password authentication failed')
    expect(await readdir(here.folder)).toEqual(['postgres'])
  })

  it('hands its log to whoever asks', async () => {
    const lines: string[] = []
    await here.start({ log: (line) => lines.push(line) })
    expect(lines[0]).toBe(`created a database in ${here.dataDir}`)
    expect(lines.join('\n')).toContain('ready to accept connections')
  })
})

describe('a folder that cannot be used', () => {
  it('is refused when other files are in it, which stay', async () => {
    await mkdir(here.dataDir)
    await writeFile(join(here.dataDir, 'letters.txt'), 'dear')
    await expect(here.start()).rejects.toThrow(/holds other files and no database/)
    expect(await readdir(here.dataDir)).toEqual(['letters.txt'])
  })

  it('is refused when it is a file, or below one', async () => {
    await writeFile(here.dataDir, '')
    await expect(here.start()).rejects.toThrow(`the data folder ${here.dataDir} cannot be read`)
    await expect(here.start({ dataDir: join(here.dataDir, 'below') })).rejects.toThrow(/cannot be made/)
  })

  it('is refused with the words of Postgres when the database is of another version', async () => {
    await here.copySeed()
    await (await here.start()).stop()
    await writeFile(join(here.dataDir, 'PG_VERSION'), '9.6\n')
    await expect(here.start()).rejects.toThrow(/initialized by PostgreSQL version 9.6/)
  })

  it('is refused while a live process serves it, which goes on serving', async () => {
    await here.copySeed()
    const server = await here.start()
    await expect(here.start()).rejects.toThrow(`is in use: process ${process.pid} started it`)
    expect(await ask(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('is no reason for a given port to be changed when that is taken', async () => {
    await here.copySeed()
    await here.copySeed(join(here.folder, 'other'))
    const { port } = await here.start()
    await expect(here.start({ dataDir: join(here.folder, 'other'), port })).rejects.toThrow(/could not bind/)
  })
})

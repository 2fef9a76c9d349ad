import { createHash } from 'node:crypto'
import { LedgerError } from '../../run/errors.ts'
import { escapeName, unescapeName } from './escape-name.ts'

const MAX_KEY_BYTES = 1024
/** File systems take names of 255 bytes; a path may have 1,024 on macOS, the folder's own included. */
const MAX_NAME = 240
const MAX_PATH = 480
const OBJECT = '.object'
const FOLDER = '+'
const LONG = '~'

/**
 * Where the object of this key is: names of folders, then of the file, below the folder of keys. The tree is that of the
 * keys, so that a list reads no more folders than it has to, and `a` (a file, `a.object`) and `a/b` (in a folder, `a+`) never
 * meet. What is too long for a path, or a part of it too long for a name, goes by its hash from there on.
 */
export function toPlace(key: string): string[] {
  const { folders, rest, room } = descend(toBytes(key))
  const name = `${escapeName(rest)}${OBJECT}`
  if (!rest.includes('/') && fits(name, room)) return [...folders, name]
  return [...folders, `${LONG}${createHash('sha256').update(rest, 'latin1').digest('hex')}${OBJECT}`]
}

/** The deepest folder that has every object whose key begins with these bytes, and what their keys begin with there. */
export function folderOf(prefix: string): { folders: string[]; at: string } {
  const { folders, rest } = descend(prefix)
  return { folders, at: prefix.slice(0, prefix.length - rest.length) }
}

/** What a name in a folder stands for, where the keys begin with `at`. */
export function readName(name: string, at: string): Entry {
  if (name.endsWith(FOLDER)) return { kind: 'folder', bytes: `${at}${unescapeName(name.slice(0, -1))}/` }
  if (!name.endsWith(OBJECT)) return { kind: 'foreign' }
  if (name.startsWith(LONG)) return { kind: 'long' }
  return { kind: 'object', bytes: `${at}${unescapeName(name.slice(0, -OBJECT.length))}` }
}

/** A folder, by what the keys in it begin with; an object, by its key; one whose key only its file knows; not ours. */
export type Entry = { kind: 'folder' | 'object'; bytes: string } | { kind: 'long' } | { kind: 'foreign' }

/** A key as bytes, one a character. Throws `invalid` for what can be no key. */
export function toBytes(key: string): string {
  const bytes = toPrefix(key)
  if (bytes.length > 0) return bytes
  throw new LedgerError('invalid', 'a key is not empty')
}

/** The same of what keys may begin with. */
export function toPrefix(text: string): string {
  const bytes = Buffer.from(text)
  if (text.isWellFormed() && bytes.length <= MAX_KEY_BYTES) return bytes.toString('latin1')
  throw new LedgerError('invalid', `a key is UTF-8 of ${MAX_KEY_BYTES} bytes at most`)
}

export const fromBytes = (bytes: string) => Buffer.from(bytes, 'latin1').toString()

/** The folders of all whole parts, as far as they fit; `rest` is what is left, `room` how long its path may be. */
function descend(bytes: string): { folders: string[]; rest: string; room: number } {
  const folders: string[] = []
  let [room, rest] = [MAX_PATH, bytes]
  for (;;) {
    const end = rest.indexOf('/')
    const name = `${escapeName(rest.slice(0, Math.max(end, 0)))}${FOLDER}`
    if (end < 0 || !fits(name, room)) return { folders, rest, room }
    folders.push(name)
    room -= name.length + 1
    rest = rest.slice(end + 1)
  }
}

const fits = (name: string, room: number) => name.length <= Math.min(MAX_NAME, room)

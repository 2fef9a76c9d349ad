import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** A file to be kept as a run's output. */
export interface OutputFile {
  /** Where it is. */
  file: string
  /** What it is called among the run's files: its way from the folder, with slashes. */
  path: string
  bytes: number
}

export interface OutputFiles {
  files: OutputFile[]
  /** What is left out, and why, in words. */
  leftOut: string[]
}

/**
 * Every file of a folder, however deep, in order of name. Of links, those to files of the folder itself are taken; nothing outside
 * of it is. Never throws: what cannot be read is left out.
 */
export async function outputFiles(folder: string): Promise<OutputFiles> {
  const found: OutputFiles = { files: [], leftOut: [] }
  try {
    await walk(await realpath(folder), '', found)
  } catch (error) {
    found.leftOut.push(`${folder} cannot be read: ${reasonOf(error)}`)
  }
  return found
}

async function walk(root: string, below: string, found: OutputFiles): Promise<void> {
  const entries = await readdir(join(root, below), { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    try {
      if (entry.isDirectory()) await walk(root, path, found)
      else await take(root, path, found)
    } catch (error) {
      found.leftOut.push(`${path} cannot be read: ${reasonOf(error)}`)
    }
  }
}

async function take(root: string, path: string, found: OutputFiles): Promise<void> {
  const file = await realpath(join(root, path))
  if (relative(root, file).split(sep)[0] === '..') {
    found.leftOut.push(`${path} is a link to what is not in the folder`)
    return
  }
  const { size, ...info } = await stat(file).then((one) => ({ size: one.size, isFile: one.isFile() }))
  if (info.isFile) found.files.push({ file, path, bytes: size })
  else found.leftOut.push(`${path} is no file`)
}

const reasonOf = (error: unknown) => (error as NodeJS.ErrnoException).message.split(',')[0]

import { stripVTControlCharacters } from 'node:util'

/** What a program said of its error, without what only colors it. */
export const plainRunError = (error: string): string => stripVTControlCharacters(error).trimEnd()

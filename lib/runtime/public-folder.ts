import { fileURLToPath } from 'node:url'

/** Where the files are that browsers are given as they are: beside `lib`, and in the package beside `dist`. */
export const publicFolder = (): string => fileURLToPath(new URL('../../public', import.meta.url))

// Loaded with `--import`: every module that the process asks for goes to a file, a line each.
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    appendFileSync(process.env.MODULES_FILE, `${found.url}\n`)
    return found
  },
})

import { writeSync } from 'node:fs'
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/**
 * Prints `<N> passed, <M> failed` (and `, <K> skipped`, if any) as the very last line of the run. A file or suite that
 * breaks outside its tests counts as one failed, and so does an error that nobody handled: the exit code sees them too.
 */
export default class CountReporter implements Reporter {
  #counts: string | undefined

  onInit(): void {
    // Other reporters, the teardown and a slow close still print after the run: the end of the process is last.
    process.once('exit', () => this.#counts && writeSync(1, `${this.#counts}\n`))
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (...states: string[]) => tests.filter((test) => states.includes(test.result().state)).length
    const skipped = count('skipped', 'pending')
    const failed = count('failed') + modules.flatMap(brokenParts).length + unhandled.length
    this.#counts = `${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
  }
}

function brokenParts(module: TestModule): unknown[] {
  return [module, ...module.children.allSuites()].filter((part) => part.errors().length > 0)
}

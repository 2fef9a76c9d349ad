import type { Scope } from '../../../../ports/actor.ts'
import type { Context } from '../../../../ports/context.ts'
import type { Run } from '../../../../run/run.ts'
import type { Form, Html } from '../../page.ts'
import type { Action } from '../../parts/form.ts'
import type { Reader } from '../../reader.ts'

/** Something that can be done to a run, as data: its button, what it asks, and the verb it calls. */
export interface RunAction {
  /** The end of its path. */
  name: string
  label: string
  /** On the button that does it, where it has been asked. */
  confirm: string
  tone?: NonNullable<Action['tone']>
  /** Of the verb. */
  scope: Scope
  /** Whether its button is shown. Whether it may be done is the verb's to say. */
  isOffered: (run: Run, reader: Reader) => boolean
  /** The fields of its form. */
  asked: (asked: Asked) => Html
  /** Does it, and says what became of it. */
  act: (ctx: Context, id: string, form: Form, reader: Reader) => Promise<Done>
}

/** Of a form: for whom, and where it was refused, what was typed and what is wrong with it. */
export interface Asked {
  run: Run
  reader: Reader
  /** The name, the id and, after a refusal, the text and the problem of a field. */
  field: (name: string) => {
    name: string
    id: string
    value: string | undefined
    problem: string | undefined
  }
}

export interface Done {
  say: string
  /** Where to go on, where the run is no longer there. */
  to?: string
}

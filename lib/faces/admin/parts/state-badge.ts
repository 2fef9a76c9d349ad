import { html } from 'hono/html'
import type { StorageState } from '../../../run/run.ts'
import type { RunState } from '../../../run/transitions.ts'

/** How a run stands: a shape and a word, so that nobody needs the color. */
export const stateBadge = (state: RunState | 'asked to stop') =>
  html`<span class="state ${state.replaceAll(' ', '-')}">${state}</span>`

/** Where a run's data is. */
export const storageBadge = (state: StorageState | 'held') =>
  html`<span class="storage ${state}">${state}</span>`

/** How something else ended or stands, in one of the tones. */
export const badge = (text: string, tone: 'good' | 'bad' | 'warn' | 'calm') =>
  html`<span class="badge ${tone}">${text}</span>`

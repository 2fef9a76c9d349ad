import type { Context } from '../../ports/context.ts'
import { requireScope } from '../require-scope.ts'
import { channelNames } from './channels.ts'

/** Who is told of alerts, as it is configured, by the names that the notices of an alert have; none: nobody is. */
export function listAlertChannels(ctx: Context): string[] {
  requireScope(ctx, 'admin')
  return channelNames(ctx.alertChannels)
}

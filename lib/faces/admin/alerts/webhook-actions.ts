import { updateWebhook } from '../../../ledger/webhooks/webhooks.ts'
import type { Page } from '../page.ts'
import { actFromList } from '../parts/act-from-list.ts'
import { paths } from '../paths.ts'

/** A webhook that is enabled again begins anew, as one that has never failed. */
export const webhookActions: Page[] = [
  action('enable', true, 'The webhook is enabled: it is told of what happens from now on'),
  action('disable', false, 'The webhook is disabled: it is told nothing'),
]

function action(name: string, isEnabled: boolean, words: string): Page {
  return {
    method: 'post',
    path: paths.webhookAction('{id}', name),
    scope: 'admin',
    async handler({ c, ctx, params, form }) {
      return await actFromList(c, paths.alerts({ webhooks: form.get('webhooks') }), async () => {
        await updateWebhook(ctx, { id: params.id ?? '', isEnabled })
        return words
      })
    },
  }
}

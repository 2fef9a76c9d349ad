import { signOut } from '../../../ledger/keys/sessions.ts'
import type { Page } from '../page.ts'
import { paths } from '../paths.ts'
import { clearSessionCookie, readSessionCookie } from './cookies.ts'

export const signOutPages: Page[] = [
  {
    method: 'post',
    path: paths.signOut,
    scope: 'runs:read',
    async handler({ c, ctx }) {
      await signOut(ctx, readSessionCookie(c))
      clearSessionCookie(c)
      return c.redirect(paths.signIn, 303)
    },
  },
]

import type { Page } from '../page.ts'
import { paths } from '../paths.ts'
import { clearSessionCookie } from './cookies.ts'

export const signOutPages: Page[] = [
  {
    method: 'post',
    path: paths.signOut,
    scope: 'runs:read',
    async handler({ c }) {
      clearSessionCookie(c)
      return c.redirect(paths.signIn, 303)
    },
  },
]

import type { Hono } from 'hono'
import { cronFace } from './cron/cron-face.ts'
import { adminFace } from './faces/admin/index.ts'
import { cronConfigFace } from './faces/cron-config/index.ts'
import { docsFace } from './faces/docs/index.ts'
import { objectsFace } from './faces/objects/index.ts'
import { scraperFace } from './faces/scraper/index.ts'
import { scriptFace } from './faces/script/index.ts'
import { scriptsRunsFace } from './faces/scripts-runs/index.ts'
import { v1Face, v1Routes } from './faces/v1/index.ts'
import { type AppOptions, face } from './http/face.ts'

/** Every face in one app. */
export function createApp(options: AppOptions): Hono {
  const { openPorts } = options
  const app = face(options)
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/', (c) => c.redirect('/admin'))
  app.route('/', docsFace(v1Routes))
  app.route('/', adminFace(openPorts))
  app.route('/', cronFace(options))
  app.route('/', objectsFace(openPorts))
  app.route('/', v1Face(openPorts))
  app.route('/', scriptFace(openPorts))
  app.route('/', cronConfigFace(openPorts))
  app.route('/', scriptsRunsFace(openPorts))
  app.route('/', scraperFace(openPorts))
  return app
}

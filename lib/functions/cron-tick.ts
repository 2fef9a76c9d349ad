// Placeholder: fails closed, does nothing yet.
export default {
  async fetch(request: Request): Promise<Response> {
    const secret = process.env.CRON_SECRET
    if (!secret) return Response.json({ error: 'CRON_SECRET is not set' }, { status: 503 })
    if (request.headers.get('authorization') !== `Bearer ${secret}`) {
      return Response.json({ error: 'unauthorized' }, { status: 401 })
    }
    return Response.json({ status: 'ok' })
  },
}

import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Scope } from '../../lib/ports/actor.ts'
import type { Context } from '../../lib/ports/context.ts'
import { isLedgerError } from '../../lib/run/errors.ts'
import { SQLITE, useLedger } from '../support/open-ledger.ts'

/** Every verb and the scope it asks for. */
const VERBS: Record<string, Scope> = {
  verifyAudit: 'admin',
  retainRun: 'admin',
  releaseRun: 'admin',
  putPolicies: 'admin',
  planRetention: 'admin',
  listAudit: 'admin',
  keepAuditHead: 'admin',
  holdRun: 'admin',
  getPolicies: 'admin',
  explainRetention: 'admin',
  addOutput: 'runs:work',
  appendLog: 'runs:work',
  cancelCronExecution: 'admin',
  cancelRun: 'runs:write',
  claimRuns: 'runs:work',
  cleanupExpired: 'admin',
  cleanupOldExecutions: 'admin',
  commitOutput: 'runs:work',
  compactLog: 'admin',
  compactLogs: 'admin',
  completeRuns: 'runs:work',
  createCronJob: 'admin',
  createKey: 'admin',
  createWebhook: 'admin',
  cronStats: 'admin',
  deleteCronJob: 'admin',
  deleteWebhook: 'admin',
  deliver: 'admin',
  dispatchCron: 'admin',
  endGoneSweeps: 'admin',
  enqueueRun: 'runs:write',
  enqueueRuns: 'runs:write',
  ensureIdempotent: 'runs:write',
  failRun: 'runs:work',
  followLog: 'runs:read',
  followRun: 'runs:read',
  getCronExecution: 'admin',
  getCronJob: 'admin',
  getCronJobSecret: 'admin',
  getCronSettings: 'admin',
  getOutput: 'runs:read',
  getRun: 'runs:read',
  getScript: 'runs:read',
  getSweep: 'admin',
  getWebhook: 'admin',
  heartbeatRun: 'runs:work',
  heartbeatRuns: 'runs:work',
  listAlerts: 'admin',
  listCronExecutions: 'admin',
  listCronJobs: 'admin',
  listDeliveries: 'admin',
  listKeys: 'admin',
  listOutputs: 'runs:read',
  listRunEvents: 'runs:read',
  listRuns: 'runs:read',
  listScripts: 'runs:read',
  listSweeps: 'admin',
  listWebhooks: 'admin',
  openOutput: 'runs:read',
  pageRuns: 'runs:read',
  putCronSettings: 'admin',
  putOutput: 'runs:work',
  putScript: 'admin',
  readLog: 'runs:read',
  readMetrics: 'admin',
  readStorage: 'admin',
  reloadCronJobs: 'admin',
  reportById: 'runs:work',
  retryRun: 'runs:write',
  revokeKey: 'admin',
  rotateKey: 'admin',
  rotateWebhook: 'admin',
  runStats: 'runs:read',
  sampleStorage: 'admin',
  scriptsOverview: 'runs:read',
  serveCron: 'admin',
  setCronJobEnabled: 'admin',
  startRun: 'runs:work',
  startSweep: 'admin',
  startUnleased: 'runs:work',
  succeedRun: 'runs:work',
  sweepAllLost: 'admin',
  sweepLost: 'admin',
  sweepOutputs: 'admin',
  sweepStale: 'admin',
  sweepUploads: 'admin',
  syncCronJobs: 'admin',
  tarOutputs: 'runs:read',
  testWebhook: 'admin',
  tick: 'admin',
  watchSweeps: 'admin',
  triggerCronJob: 'admin',
  updateCronJob: 'admin',
  updateWebhook: 'admin',
  validateSchedule: 'admin',
}

/** What verbs are made of, and `authenticate`, which says who the actor is. */
const PARTS = new Set([
  'filterOf',
  'tellFull',
  'putAwayBy',
  'missingAfter',
  'headKey',
  'keptHeads',
  'walkChain',
  'planned',
  'countPlanned',
  'planTally',
  'runAfter',
  'refusePast',
  'changeOf',
  'ofLast',
  'policiesHash',
  'readPolicies',
  'wordsOf',
  'webhookSecrets',
  'webhookAlert',
  'toWebhook',
  'toSlack',
  'toMail',
  'toDelivery',
  'signWebhook',
  'sendDelivery',
  'resolveAlert',
  'openAlert',
  'openAlerts',
  'logOpened',
  'addressOf',
  'tellChannelFails',
  'tellChannelWorks',
  'settleAlerts',
  'settleFailing',
  'tellLastSweep',
  'tryDelivery',
  'quotedWordsOf',
  'isStopped',
  'foundWebhook',
  'derivedSecrets',
  'channelNames',
  'announce',
  'announcedAnew',
  'allJobs',
  'authenticate',
  'batchOf',
  'beginSweepRun',
  'capMark',
  'chunkKey',
  'chunkPrefix',
  'clearPlace',
  'completeParts',
  'cutAtCap',
  'endStaleRuns',
  'nothingEnded',
  'reasonOf',
  'troubleInWords',
  'endSweepRun',
  'expiry',
  'failMove',
  'fenceOfChunk',
  'findOutput',
  'findSecrets',
  'fromKeyText',
  'fromLeaseToken',
  'hashSecret',
  'hashed',
  'idempotencyHash',
  'inWords',
  'insertRun',
  'invalid',
  'leaseLost',
  'bytesOfLogKey',
  'logKey',
  'logPrefix',
  'longerLogKey',
  'refuseBoth',
  'logState',
  'logTopic',
  'notFound',
  'notUploaded',
  'openObject',
  'outputPlace',
  'parseInput',
  'presignUpload',
  'projectFor',
  'projectGuard',
  'queueTopic',
  'readObject',
  'readPositions',
  'recordOutput',
  'recoverMove',
  'refuseOther',
  'refuseSecrets',
  'removeChunks',
  'removeObject',
  'requireScope',
  'rollUpNowAndThen',
  'rollUpUntil',
  'runWithFiles',
  'sameHash',
  'seesProject',
  'shownProject',
  'succeedMove',
  'settleStale',
  'sweepAlerts',
  'beginRun',
  'seeToChores',
  'seeToRuns',
  'tailStart',
  'tellSweep',
  'takeTokens',
  'toKeyText',
  'toLeaseToken',
  'toRunOutput',
  'unzipped',
  'waitForQueue',
  'watchNowAndThen',
  'wasCompletedAs',
  'whyRefused',
  'writeObject',
  'Stopped',
  'toFailure',
  'callUrl',
  'changeJob',
  'changedFields',
  'completePatiently',
  'endExpired',
  'endWithRuns',
  'failingKey',
  'hintChange',
  'findJob',
  'fireDue',
  'isSameJson',
  'logFor',
  'noTally',
  'oneRound',
  'openWork',
  'performExecution',
  'pickFields',
  'readAnew',
  'readCronSettings',
  'readKept',
  'readSchedule',
  'refuseVariables',
  'runOf',
  'secretName',
  'fireOutstanding',
  'withoutSecrets',
  'standingOf',
  'tellEnds',
  'toAction',
  'toCompletion',
])

type Verb = (ctx: Context, ...input: unknown[]) => Promise<unknown>

const ROOM = resolve(import.meta.dirname, '../../lib/ledger')
const modules: Record<string, unknown>[] = await Promise.all(
  globSync('**/*.ts', { cwd: ROOM }).map((path) => import(join(ROOM, path))),
)
const functions = new Map(
  modules.flatMap((module) => Object.entries(module).filter(([, value]) => typeof value === 'function')),
) as Map<string, Verb>

describe('the verbs', () => {
  const at = useLedger(SQLITE)
  const names = Object.keys(VERBS)
  const codeOf = async (verb: Verb | undefined, ctx: Context) => {
    try {
      // Nothing that could be parsed: only the scope can be asked before it.
      await verb?.(ctx, undefined, undefined, undefined)
      return 'done'
    } catch (error) {
      return isLedgerError(error) ? error.code : 'another error'
    }
  }

  it('are all that the ledger exports, but for their parts', () => {
    const others = [...functions.keys()].filter((name) => !PARTS.has(name))
    expect(others.toSorted()).toEqual(names.toSorted())
    expect([...PARTS].filter((name) => !functions.has(name))).toEqual([])
  })

  it.each(names)('%s asks for its scope before anything', async (name) => {
    const ctx = at().as()
    const nobody = { ...ctx, actor: { ...ctx.actor, scopes: [] } }
    expect(await codeOf(functions.get(name), nobody)).toBe('forbidden')
  })

  it.each(Object.entries(VERBS))('%s is for %s, and for no other scope but admin', async (name, scope) => {
    const others = Scope.options.filter((other) => other !== scope && other !== 'admin')
    expect(await codeOf(functions.get(name), at().as(...others))).toBe('forbidden')
    expect(await codeOf(functions.get(name), at().as(scope))).not.toBe('forbidden')
    expect(await codeOf(functions.get(name), at().as('admin'))).not.toBe('forbidden')
  })

  it('say which scope was missing', async () => {
    const ctx = at().as('runs:read', 'runs:write')
    await expect(functions.get('startRun')?.(ctx, {})).rejects.toThrow(
      'this needs the scope runs:work; the key has runs:read, runs:write',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { UNTIL_RELEASED } from '../../lib/run/hold.ts'
import { hasNothingToArchive, type RetentionRun, retentionOf } from '../../lib/run/retention.ts'
import type { RetentionRule, RetentionTerms } from '../../lib/run/retention-policy.ts'

const DEFAULTS: RetentionTerms = {
  archiveAfterDays: 7,
  deleteAfterDays: 30,
  deleteGraceDays: 7,
  deletionStrategy: 'soft',
  keepLast: 0,
}
const ENDED = '2026-01-01T12:00:00.000Z'
/** So many days after the run ended, and so many milliseconds more. */
const day = (days: number, ms = 0) => new Date(Date.parse(ENDED) + days * 86_400_000 + ms).toISOString()

/** A run with outputs that succeeded at day 0. */
function run(overrides: Partial<RetentionRun> = {}): RetentionRun {
  return {
    kind: 'report',
    projectId: 'acme',
    state: 'succeeded',
    finishedAt: ENDED,
    storageState: 'active',
    outputCount: 3,
    archivedAt: null,
    restoredAt: null,
    deletedAt: null,
    purgeAfter: null,
    retainUntil: null,
    holdUntil: null,
    ...overrides,
  }
}
const withoutOutputs = (overrides: Partial<RetentionRun> = {}) => run({ outputCount: 0, ...overrides })
const archived = (at: number, overrides: Partial<RetentionRun> = {}) =>
  run({ storageState: 'archived', archivedAt: day(at), ...overrides })

interface Case {
  of: RetentionRun
  at: string
  terms?: Partial<RetentionTerms>
  rules?: RetentionRule[]
  isOfLast?: boolean
}

const judge = ({ of, at, terms = {}, rules = [], isOfLast = false }: Case) =>
  retentionOf(of, { defaults: { ...DEFAULTS, ...terms }, rules }, { at, isOfLast })

describe('archiving', () => {
  const cases: [name: string, Case, expected: [due: boolean, at: string | null, rule: string]][] = [
    ['waits for its age', { of: run(), at: day(7, -1) }, [false, day(7), 'age']],
    ['is due at its age to the millisecond', { of: run(), at: day(7) }, [true, day(7), 'age']],
    ['stays due', { of: run(), at: day(400) }, [true, day(7), 'age']],
    [
      'of zero days is due at once',
      { of: run(), at: day(0), terms: { archiveAfterDays: 0 } },
      [true, day(0), 'age'],
    ],
    [
      'is never due where the policy says never',
      { of: run(), at: day(99), terms: { archiveAfterDays: null } },
      [false, null, 'never'],
    ],
    [
      'of what has no outputs is not done',
      { of: withoutOutputs(), at: day(99) },
      [false, null, 'nothingToArchive'],
    ],
    [
      'of a queued run is not done',
      { of: run({ state: 'queued', finishedAt: null }), at: day(99) },
      [false, null, 'notFinished'],
    ],
    [
      'of a running run is not done',
      { of: run({ state: 'running', finishedAt: null }), at: day(99) },
      [false, null, 'notFinished'],
    ],
    [
      'of a run that is held waits for the end of the hold',
      { of: run({ holdUntil: day(20) }), at: day(10) },
      [false, day(20), 'held'],
    ],
    [
      'of a run that is held for less waits for its age',
      { of: run({ holdUntil: day(3) }), at: day(1) },
      [false, day(7), 'held'],
    ],
    [
      'goes on when the hold expires',
      { of: run({ holdUntil: day(20) }), at: day(20) },
      [true, day(7), 'age'],
    ],
    [
      'of a run held until it is released has no date',
      { of: run({ holdUntil: UNTIL_RELEASED }), at: day(99) },
      [false, null, 'held'],
    ],
    [
      'of a held run says so also where it is never done',
      { of: run({ holdUntil: UNTIL_RELEASED }), at: day(99), terms: { archiveAfterDays: null } },
      [false, null, 'held'],
    ],
    [
      'leaves alone for a week what was restored',
      { of: run({ restoredAt: day(40) }), at: day(47, -1) },
      [false, day(47), 'restoredLately'],
    ],
    [
      'takes up again what was restored a week ago',
      { of: run({ restoredAt: day(40) }), at: day(47) },
      [true, day(47), 'restoredLately'],
    ],
    [
      'forgets a restore that was over before its age',
      { of: run({ restoredAt: day(-9) }), at: day(7) },
      [true, day(7), 'age'],
    ],
    [
      'is not delayed by what is kept for longer',
      { of: run({ retainUntil: day(90) }), at: day(7) },
      [true, day(7), 'age'],
    ],
    [
      'is done of the last of a kind as well',
      { of: run(), at: day(7), isOfLast: true },
      [true, day(7), 'age'],
    ],
    [
      'of what is being archived is not begun twice',
      { of: run({ storageState: 'archiving' }), at: day(99) },
      [false, null, 'state'],
    ],
    ['of what is archived is done', { of: archived(8), at: day(99) }, [false, null, 'state']],
    [
      'of what is being restored waits for that',
      { of: run({ storageState: 'restoring' }), at: day(10) },
      [false, day(17), 'state'],
    ],
    [
      'of what is being deleted is too late',
      { of: run({ storageState: 'deleting' }), at: day(99) },
      [false, null, 'state'],
    ],
    [
      'of what is deleted is too late',
      { of: run({ storageState: 'deleted' }), at: day(99) },
      [false, null, 'state'],
    ],
  ]
  it.each(cases)('%s', (_, given, [due, at, rule]) => {
    const { archive, archiveAt } = judge(given)
    expect(archive).toEqual({ due, at, rule, because: expect.stringMatching(/^it[s ]/) })
    expect(archiveAt).toBe(at)
  })
})

describe('deleting', () => {
  const cases: [name: string, Case, expected: [due: boolean, at: string | null, rule: string]][] = [
    [
      'of what has nothing to archive waits for its age',
      { of: withoutOutputs(), at: day(30, -1) },
      [false, day(30), 'age'],
    ],
    [
      'of what has nothing to archive is due at its age to the millisecond',
      { of: withoutOutputs(), at: day(30) },
      [true, day(30), 'age'],
    ],
    ['of what is archived is due at its age', { of: archived(7), at: day(30) }, [true, day(30), 'age']],
    ['of what is archived waits for its age', { of: archived(7), at: day(30, -1) }, [false, day(30), 'age']],
    [
      'never takes an archive of less than a week',
      { of: archived(28), at: day(35, -1) },
      [false, day(35), 'archivedLately'],
    ],
    ['takes an archive of a week', { of: archived(28), at: day(35) }, [true, day(35), 'archivedLately']],
    [
      'by a policy of zero days leaves the archive its week',
      { of: archived(0), at: day(6), terms: { deleteAfterDays: 0 } },
      [false, day(7), 'archivedLately'],
    ],
    [
      'by a policy of zero days takes at once what has nothing to archive',
      { of: withoutOutputs(), at: day(0), terms: { deleteAfterDays: 0 } },
      [true, day(0), 'age'],
    ],
    ['of what is not archived yet is foreseen', { of: run(), at: day(1) }, [false, day(30), 'age']],
    [
      'of what should be archived by now waits a week from now',
      { of: run(), at: day(60) },
      [false, day(67), 'notArchived'],
    ],
    [
      'of what is archived late is foreseen',
      { of: run(), at: day(1), terms: { archiveAfterDays: 28 } },
      [false, day(35), 'notArchived'],
    ],
    [
      'of what is being archived waits a week from now',
      { of: run({ storageState: 'archiving' }), at: day(60) },
      [false, day(67), 'notArchived'],
    ],
    [
      'of outputs that are never archived is not done',
      { of: run(), at: day(400), terms: { archiveAfterDays: null } },
      [false, null, 'notArchived'],
    ],
    [
      'is never done where the policy says never',
      { of: archived(7), at: day(400), terms: { deleteAfterDays: null } },
      [false, null, 'never'],
    ],
    [
      'of a queued run is not done',
      { of: withoutOutputs({ state: 'queued', finishedAt: null }), at: day(99) },
      [false, null, 'notFinished'],
    ],
    [
      'of a running run is not done',
      { of: withoutOutputs({ state: 'running', finishedAt: null }), at: day(99) },
      [false, null, 'notFinished'],
    ],
    [
      'of the last of a kind is not done',
      { of: archived(7), at: day(400), isOfLast: true },
      [false, null, 'keepLast'],
    ],
    [
      'of a held run is not done',
      { of: archived(7, { holdUntil: UNTIL_RELEASED }), at: day(400) },
      [false, null, 'held'],
    ],
    [
      'of a run that is held waits for the end of the hold',
      { of: archived(7, { holdUntil: day(90) }), at: day(40) },
      [false, day(90), 'held'],
    ],
    [
      'of a run that is held for less waits for its age',
      { of: archived(7, { holdUntil: day(10) }), at: day(9) },
      [false, day(30), 'held'],
    ],
    [
      'goes on when the hold expires',
      { of: archived(7, { holdUntil: day(90) }), at: day(90) },
      [true, day(30), 'age'],
    ],
    [
      'of a held run says so also of the last of a kind',
      { of: archived(7, { holdUntil: day(90) }), at: day(40), isOfLast: true },
      [false, null, 'held'],
    ],
    [
      'of a held run says so also where it is never done',
      { of: archived(7, { holdUntil: day(90) }), at: day(40), terms: { deleteAfterDays: null } },
      [false, null, 'held'],
    ],
    [
      'of held outputs that are never archived says that it is held',
      { of: run({ holdUntil: day(90) }), at: day(40), terms: { archiveAfterDays: null } },
      [false, null, 'held'],
    ],
    [
      'of outputs held before they are archived waits for hold, archive and a week',
      { of: run({ holdUntil: day(50) }), at: day(10) },
      [false, day(57), 'held'],
    ],
    [
      'of outputs held until they are released has no date',
      { of: run({ holdUntil: UNTIL_RELEASED }), at: day(10) },
      [false, null, 'held'],
    ],
    [
      'waits until what was kept for longer is due',
      { of: archived(7, { retainUntil: day(90) }), at: day(90, -1) },
      [false, day(90), 'retained'],
    ],
    [
      'is due when it was kept for longer',
      { of: archived(7, { retainUntil: day(90) }), at: day(90) },
      [true, day(90), 'retained'],
    ],
    [
      'is not hastened by a shorter wish',
      { of: archived(7, { retainUntil: day(9) }), at: day(29) },
      [false, day(30), 'age'],
    ],
    [
      'leaves alone for a week what was restored',
      { of: archived(41, { restoredAt: day(40) }), at: day(47) },
      [false, day(48), 'archivedLately'],
    ],
    [
      'of what was restored and has no outputs waits a week',
      { of: withoutOutputs({ restoredAt: day(40) }), at: day(46) },
      [false, day(47), 'restoredLately'],
    ],
    [
      'of what is being restored waits for restore, archive and two weeks',
      { of: run({ storageState: 'restoring' }), at: day(40) },
      [false, day(54), 'notArchived'],
    ],
    [
      'of what is being deleted is not begun twice',
      { of: archived(7, { storageState: 'deleting' }), at: day(99) },
      [false, null, 'state'],
    ],
    [
      'of what is deleted is done',
      { of: archived(7, { storageState: 'deleted', deletedAt: day(30) }), at: day(99) },
      [false, null, 'state'],
    ],
  ]
  it.each(cases)('%s', (_, given, [due, at, rule]) => {
    const answer = judge(given)
    expect(answer.delete).toEqual({ due, at, rule, because: expect.stringMatching(/^(it|its|somebody) /) })
    expect(answer.deleteAt).toBe(at)
  })

  it('of failed runs by the rule for them comes later than of those that succeeded', () => {
    const rules: RetentionRule[] = [{ state: 'failed', deleteAfterDays: 90 }]
    const at = day(60)
    expect(judge({ of: archived(7), at, rules }).delete).toMatchObject({ due: true, at: day(30) })
    const failed = judge({ of: archived(7, { state: 'failed' }), at, rules })
    expect(failed.delete).toMatchObject({ due: false, at: day(90) })
    expect(failed.delete.because).toBe('it is deleted 90 days after it finished, by the rule for failed runs')
  })
})

describe('purging', () => {
  it.each<[string, Case, string | null]>([
    ['comes a grace after a soft deletion', { of: archived(7), at: day(8) }, day(37)],
    [
      'is part of a hard deletion',
      { of: archived(7), at: day(8), terms: { deletionStrategy: 'hard' } },
      null,
    ],
    [
      'does not come where nothing is deleted',
      { of: archived(7), at: day(8), terms: { deleteAfterDays: null } },
      null,
    ],
    [
      'comes when the run says',
      { of: archived(7, { storageState: 'deleted', purgeAfter: day(41) }), at: day(40) },
      day(41),
    ],
    [
      'stays within what a database keeps',
      { of: archived(7, { retainUntil: UNTIL_RELEASED }), at: day(8) },
      UNTIL_RELEASED,
    ],
  ])('%s', (_, given, expected) => {
    expect(judge(given).purgeAt).toBe(expected)
  })
})

describe('what is said of it', () => {
  it.each<[string, Case, archive: string, deletion: string]>([
    [
      'an old run',
      { of: run(), at: day(1) },
      'it is archived 7 days after it finished, by the configuration',
      'it is deleted 30 days after it finished, by the configuration',
    ],
    [
      'a run with a rule of its own',
      { of: run(), at: day(1), rules: [{ kind: 'report', deleteAfterDays: 1, archiveAfterDays: 1 }] },
      'it is archived 1 day after it finished, by the rule for runs of kind report',
      'it is deleted from its archive alone, 7 days after that was made',
    ],
    [
      'a held run',
      { of: run({ holdUntil: UNTIL_RELEASED }), at: day(1) },
      'it is held until it is released',
      'it is held until it is released',
    ],
    [
      'a run held for a while',
      { of: run({ holdUntil: day(2) }), at: day(1) },
      `it is held until ${day(2)}`,
      `it is held until ${day(2)}`,
    ],
    [
      'one of the last',
      { of: withoutOutputs(), at: day(1), terms: { keepLast: 5 }, isOfLast: true },
      'it has no outputs, and its log stays where it is until it is deleted',
      'it is one of the last 5 runs of kind report, never deleted by the configuration',
    ],
    [
      'the last',
      { of: archived(7), at: day(9), terms: { keepLast: 1 }, isOfLast: true },
      `it was archived at ${day(7)}`,
      'it is the last run of kind report, never deleted by the configuration',
    ],
    [
      'a running run',
      { of: run({ state: 'running', finishedAt: null }), at: day(1) },
      'it is running; only a finished run is archived or deleted',
      'it is running; only a finished run is archived or deleted',
    ],
    [
      'a deleted run',
      { of: run({ storageState: 'deleted', deletedAt: day(31) }), at: day(32) },
      `it was deleted at ${day(31)}`,
      `it was deleted at ${day(31)}`,
    ],
    [
      'a run somebody wants',
      { of: archived(7, { retainUntil: day(90) }), at: day(32) },
      `it was archived at ${day(7)}`,
      `somebody asked to keep it until ${day(90)}`,
    ],
  ])('%s', (_, given, archive, deletion) => {
    const answer = judge(given)
    expect([answer.archive.because, answer.delete.because]).toEqual([archive, deletion])
  })
})

it('what has no outputs has nothing to archive, unless it is archived', () => {
  expect(hasNothingToArchive(withoutOutputs())).toBe(true)
  expect(hasNothingToArchive(run())).toBe(false)
  expect(hasNothingToArchive(archived(7, { outputCount: 0 }))).toBe(false)
})

it('something is due exactly when its time has come, at any time', () => {
  const runs = [
    run(),
    withoutOutputs(),
    archived(9),
    archived(29, { retainUntil: day(50) }),
    run({ holdUntil: day(12) }),
  ]
  for (const of of runs)
    for (let n = 0; n < 60; n++) {
      const at = day(n)
      const { archive, delete: deletion } = judge({ of, at })
      for (const verdict of [archive, deletion]) {
        const isHeld = verdict.rule === 'held'
        expect(verdict.due).toBe(!isHeld && verdict.at !== null && verdict.at <= at)
      }
    }
})

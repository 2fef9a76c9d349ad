import { describe, expect, it } from 'vitest'
import { readConfig } from '../../lib/runtime/config.ts'
import { retentionSettings } from '../../lib/runtime/retention-variables.ts'

const settings = (variables: Record<string, string>) => retentionSettings(readConfig({}, variables))

describe('the settings of retention', () => {
  it('of an empty environment are those of the sources', () => {
    expect(settings({})).toEqual({
      defaults: {
        archiveAfterDays: 7,
        deleteAfterDays: 30,
        deleteGraceDays: 7,
        deletionStrategy: 'soft',
        keepLast: 0,
      },
      archiveCompression: 'gzip',
      archiveBasePath: 'archive',
      archiveConcurrency: 2,
      secureDelete: false,
      storageCapacityBytes: null,
      backupsKept: 8,
    })
  })

  it('are read one by one', () => {
    const variables = {
      ARCHIVE_AFTER_DAYS: '0',
      DELETE_AFTER_DAYS: '365',
      DELETE_GRACE_DAYS: '1',
      DELETION_STRATEGY: 'hard',
      ARCHIVE_COMPRESSION: 'xz',
      ARCHIVE_BASE_PATH: 'cold/runs',
      ARCHIVE_CONCURRENCY: '8',
      SECURE_DELETE: 'on',
      STORAGE_CAPACITY_BYTES: '1000000000000',
      BACKUPS_KEPT: '2',
    }
    expect(settings(variables)).toEqual({
      defaults: {
        archiveAfterDays: 0,
        deleteAfterDays: 365,
        deleteGraceDays: 1,
        deletionStrategy: 'hard',
        keepLast: 0,
      },
      archiveCompression: 'xz',
      archiveBasePath: 'cold/runs',
      archiveConcurrency: 8,
      secureDelete: true,
      storageCapacityBytes: 1_000_000_000_000,
      backupsKept: 2,
    })
  })

  it('take RETENTION_DAYS where DELETE_AFTER_DAYS is not set', () => {
    const deletedAfter = (variables: Record<string, string>) => settings(variables).defaults.deleteAfterDays
    expect(deletedAfter({ RETENTION_DAYS: '60' })).toBe(60)
    expect(deletedAfter({ RETENTION_DAYS: '60', DELETE_AFTER_DAYS: '90' })).toBe(90)
    expect(deletedAfter({ RETENTION_DAYS: '60', DELETE_AFTER_DAYS: '0' })).toBe(0)
  })

  it.each([
    ['./scraper_data/archive', 'scraper_data/archive'],
    ['/archive/', 'archive'],
    ['cold', 'cold'],
    ['logs2/a', 'logs2/a'],
  ])('take the path %s for the prefix %s', (path, prefix) => {
    expect(settings({ ARCHIVE_BASE_PATH: path }).archiveBasePath).toBe(prefix)
  })
})

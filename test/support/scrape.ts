import parse from 'parse-prometheus-text-format'
import { expect } from 'vitest'
import type { TestApp } from './open-app.ts'

type Labels = Record<string, string>

export interface Histogram {
  /** How many were up to each edge, in order; the last edge is +Inf. */
  buckets: [le: number, count: number][]
  count: number
  sum: number
}

/** What a scrape found. */
export interface Scraped {
  /** The labels of each sample. */
  labelsOf(name: string): Labels[]
  /** Undefined where there is no such sample. */
  value(name: string, labels?: Labels): number | undefined
  histogram(name: string, labels?: Labels): Histogram
}

/** Scrapes as Prometheus does, with what has ended until now rolled up. */
export async function scrape(app: TestApp): Promise<Scraped> {
  // As if the last roll-up had been long ago: it is made every 5 s at most.
  await app.raw('DELETE FROM maintenance')
  const { status, text, headers } = await app.request('GET', '/metrics')
  expect(status, text).toBe(200)
  expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  return read(text)
}

/** Reads the text format. What Prometheus would not take, or would take otherwise than it is meant, is no text of ours. */
export function read(text: string): Scraped {
  expectFamilies(text)
  const samples = samplesIn(text)
  const find = (name: string, labels: Labels = {}) => samples.get(name)?.get(keyOf(labels))?.value
  return {
    labelsOf: (name) => [...(samples.get(name)?.values() ?? [])].map(({ labels }) => labels),
    value: find,
    histogram(name, labels = {}) {
      const edges = [...(samples.get(`${name}_bucket`)?.values() ?? [])].filter(
        ({ labels: { le: _, ...others } }) => keyOf(others) === keyOf(labels),
      )
      const buckets = edges.map(({ labels: { le = '' }, value }): [number, number] => [toNumber(le), value])
      const [count = Number.NaN, sum = Number.NaN] = [
        find(`${name}_count`, labels),
        find(`${name}_sum`, labels),
      ]
      const histogram = { buckets: buckets.toSorted(([a], [b]) => a - b), count, sum }
      expectCumulative(histogram)
      return histogram
    },
  }
}

/** The edges between which the only observation of a histogram lies. */
export function placeOf({ buckets, count }: Histogram): { above: number; upTo: number } {
  expect(count).toBe(1)
  const at = buckets.findIndex(([, upTo]) => upTo === 1)
  return { above: buckets[at - 1]?.[0] ?? 0, upTo: buckets[at]?.[0] ?? Number.NaN }
}

/** Each metric is there once, with its samples, its type and its help, and its name says what it is. */
function expectFamilies(text: string): void {
  expect(text.endsWith('\n')).toBe(true)
  const families = parse(text)
  const names = families.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, help, type } of families) {
    expect(name).toMatch(/^runledger_[a-z0-9_]+$/)
    expect(help, name).toMatch(/\S.*\.$/)
    expect(type, name).toMatch(/^(COUNTER|GAUGE|HISTOGRAM)$/)
    expect(name.endsWith('_total'), name).toBe(type === 'COUNTER')
  }
}

/** By name and labels. The parser keeps one histogram a name, whatever its labels are: read without types, it keeps all lines. */
function samplesIn(text: string): Map<string, Map<string, { labels: Labels; value: number }>> {
  const samples = new Map<string, Map<string, { labels: Labels; value: number }>>()
  for (const { name, metrics } of parse(text.replaceAll(/^# TYPE .*\n/gm, '')))
    for (const { labels = {}, value } of metrics) {
      const ofName = samples.get(name) ?? new Map()
      samples.set(name, ofName)
      expect(ofName.has(keyOf(labels)), `${name} ${keyOf(labels)} is there once`).toBe(false)
      ofName.set(keyOf(labels), { labels, value: toNumber(value) })
    }
  return samples
}

const keyOf = (labels: Labels) => JSON.stringify(Object.entries(labels).sort())

function toNumber(text: string): number {
  const number = text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text)
  expect(text !== '' && !Number.isNaN(number), text).toBe(true)
  return number
}

function expectCumulative({ buckets, count }: Histogram): void {
  const counts = buckets.map(([, upTo]) => upTo)
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  expect(buckets.at(-1)).toEqual([Number.POSITIVE_INFINITY, count])
}

import type { Schema } from './open-api-document.ts'

interface Line {
  name: string
  type: string
  /** The shape it links to. */
  ref?: string
  required: boolean
  description: string
}

/** The fields of a schema, one line each; alternatives one after the other, a field they share once. */
export function schemaLines(schema: Schema): Line[] {
  const alternatives = (schema.oneOf ?? schema.anyOf ?? schema.allOf) as Schema[] | undefined
  if (alternatives) {
    const lines = alternatives.flatMap(schemaLines)
    return [...Map.groupBy(lines, ({ name }) => name).values()].map(merge)
  }
  if (!schema.properties) return [line('', schema, false)]
  const required = (schema.required ?? []) as string[]
  return Object.entries(schema.properties as Record<string, Schema>).map(([name, field]) =>
    line(name, field, required.includes(name)),
  )
}

function merge(lines: Line[]): Line {
  const types = [...new Set(lines.flatMap(({ type }) => type.split(' | ')))]
  const description = lines.find((one) => one.description !== '')?.description ?? ''
  return {
    ...(lines[0] as Line),
    type: types.join(' | '),
    description,
    required: lines.every(({ required }) => required),
  }
}

function line(name: string, schema: Schema, required: boolean): Line {
  const ref = refOf(schema) ?? refOf((schema.items ?? {}) as Schema)
  const description = [schema.description, rangeOf(schema)].filter(Boolean).join('. ')
  return { name, type: typeOf(schema), required, description, ...(ref ? { ref } : {}) }
}

function refOf({ $ref }: Schema): string | undefined {
  return typeof $ref === 'string' ? $ref.split('/').at(-1) : undefined
}

function typeOf(schema: Schema): string {
  const { type, items, format, const: constant, enum: values } = schema
  const ref = refOf(schema)
  if (ref) return ref
  if (constant !== undefined) return JSON.stringify(constant)
  if (Array.isArray(values)) return values.map((value) => JSON.stringify(value)).join(' | ')
  const alternatives = (schema.oneOf ?? schema.anyOf) as Schema[] | undefined
  if (alternatives) return [...new Set(alternatives.map(typeOf))].join(' | ')
  if (type === 'array') return `list of ${typeOf((items ?? {}) as Schema)}`
  const plain = Array.isArray(type) ? type.join(' | ') : ((type as string) ?? 'any')
  return format ? `${plain} (${format})` : plain
}

function rangeOf({ minimum, maximum, maxLength, default: fallback }: Schema): string {
  const parts = [
    minimum === undefined || (minimum as number) < -1e12 ? '' : `From ${minimum}`,
    maximum === undefined || (maximum as number) > 1e12 ? '' : `up to ${maximum}`,
    maxLength === undefined ? '' : `${maxLength} characters at most`,
    fallback === undefined ? '' : `default ${JSON.stringify(fallback)}`,
  ]
  return parts.filter(Boolean).join(', ')
}

import { html, raw } from 'hono/html'
import { ERRORS } from './errors.ts'
import type { OpenApiDocument, Operation, Schema } from './open-api-document.ts'
import { schemaLines } from './schema-lines.ts'
import { STYLE } from './style.ts'

/** The whole API on one page, without a script and without anything from elsewhere. */
export function docsPage(api: OpenApiDocument) {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
  )
  const ofTag = (tag: string) => operations.filter(({ tags }) => tags.includes(tag))
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${api.info.title} API</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
        <nav aria-label="Operations">
          <a class="brand" href="#top">${api.info.title}</a>
          ${api.tags.map(
            ({ name }) => html`<h2>${name}</h2>
              <ul>${ofTag(name).map((one) => html`<li><a href="#${one.operationId}">${one.summary}</a></li>`)}</ul>`,
          )}
          <h2>Shapes</h2>
          <ul>${Object.keys(api.components.schemas).map((name) => html`<li><a href="#${name}">${name}</a></li>`)}</ul>
        </nav>
        <main id="top">
          <h1>${api.info.title} API</h1>
          <p>${withCode(api.info.description)}</p>
          <p>
            Send a key with every request: <code>Authorization: Bearer rl_…</code>. For programs:
            <a href="/v1/openapi.json">openapi.json</a>.
          </p>
          ${operations.map((one) => operationSection(api, one))}
          ${errorSection()}
          ${Object.entries(api.components.schemas).map(
            ([name, schema]) => html`<section id="${name}"><h2>${name}</h2>${schemaTable(schema)}</section>`,
          )}
        </main>
      </body>
    </html>`
}

function operationSection(api: OpenApiDocument, one: Operation & { path: string; method: string }) {
  const { method, path, summary, description, parameters = [], requestBody, responses } = one
  return html`<section id="${one.operationId}">
    <h2>${summary}</h2>
    <p class="route"><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code></p>
    ${description.split('\n\n').map((text) => html`<p>${withCode(text)}</p>`)}
    ${parameters.length === 0 ? '' : html`<h3>Parameters</h3>${parameterTable(parameters)}`}
    ${requestBody ? html`<h3>Body</h3>${schemaTable(shapeOf(api, Object.values(requestBody.content)[0]?.schema ?? {}))}` : ''}
    <h3>Answers</h3>
    <dl>
      ${Object.entries(responses).map(
        ([status, { description, content }]) => html`<dt>${status}</dt>
          <dd>${withCode(description)} ${shapeLink(content)}</dd>`,
      )}
    </dl>
  </section>`
}

/** A body is shown field by field, also where the document only names its shape. */
function shapeOf(api: OpenApiDocument, schema: Schema): Schema {
  return api.components.schemas[String(schema.$ref).split('/').at(-1) ?? ''] ?? schema
}

/** Where the `type` of a problem leads. */
function errorSection() {
  return html`<section id="errors">
    <h2>Errors</h2>
    <dl class="wide">
      ${Object.entries(ERRORS).map(([code, text]) => html`<dt id="${code}"><code>${code}</code></dt><dd>${withCode(text)}</dd>`)}
    </dl>
  </section>`
}

function parameterTable(parameters: NonNullable<Operation['parameters']>) {
  return html`<table>
    ${parameters.map(
      ({ name, in: place, required, description, schema }) => html`<tr>
        <th scope="row"><code>${name}</code></th>
        <td>${place}${required ? ', required' : ''}</td>
        <td>${withCode(description ?? (schema.description as string) ?? '')} ${limitsOf(schema)}</td>
      </tr>`,
    )}
  </table>`
}

function schemaTable(schema: Schema) {
  return html`<table>
    ${schemaLines(schema).map(
      ({ name, type, ref, required, description }) => html`<tr>
        <th scope="row">${name && html`<code>${name}</code>`}</th>
        <td>${ref ? html`<a href="#${ref}">${type}</a>` : type}${required ? ', required' : ''}</td>
        <td>${withCode(description)}</td>
      </tr>`,
    )}
  </table>`
}

function shapeLink(content: Record<string, { schema: Schema }> | undefined) {
  const ref = Object.values(content ?? {})[0]?.schema.$ref
  if (typeof ref !== 'string') return ''
  const name = ref.split('/').at(-1)
  return html`→ <a href="#${name}">${name}</a>`
}

const limitsOf = ({ minimum, maximum, default: fallback }: Schema) =>
  [
    minimum === undefined ? '' : `from ${minimum}`,
    maximum === undefined || (maximum as number) > 1e12 ? '' : `to ${maximum}`,
    fallback === undefined ? '' : `default ${JSON.stringify(fallback)}`,
  ]
    .filter(Boolean)
    .join(', ')

/** Text with its `code` marked up; everything else is escaped. */
function withCode(text: string) {
  return text.split('`').map((part, n) => (n % 2 === 1 ? html`<code>${part}</code>` : part))
}

import { expect, vi } from 'vitest'
import type { TestServer } from '../testing/index.ts'

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly text: string
  readonly headers: Headers
}

/** Sends JSON to a test server and reads JSON back. */
export async function call(
  { url }: TestServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    body: text.startsWith('{') ? JSON.parse(text) : {},
    text,
    headers: response.headers,
  }
}

export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** A definition of `<plural>.stable.example.com` with one version, unless told otherwise. */
export function aDefinition(plural: string, version: object = {}, spec: object = {}) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.stable.example.com` },
    spec: {
      group: 'stable.example.com',
      scope: 'Namespaced',
      names: { plural, kind: kindOf(plural) },
      versions: [{ name: 'v1', served: true, storage: true, ...version }],
      ...spec,
    },
  }
}

export function withSchema(properties: object, rest: object = {}) {
  return { schema: { openAPIV3Schema: { type: 'object', properties, ...rest } } }
}

/** A version whose objects have a spec of this schema. */
export function withSpec(spec: object) {
  return withSchema({ spec })
}

export const kindOf = (plural: string): string => `${plural.charAt(0).toUpperCase()}${plural.slice(1, -1)}`

export function anObject(plural: string, name: string, rest: object = {}, version = 'v1') {
  return { apiVersion: `stable.example.com/${version}`, kind: kindOf(plural), metadata: { name }, ...rest }
}

export const pathOf = (plural: string, name = '', version = 'v1'): string =>
  `/apis/stable.example.com/${version}/namespaces/default/${plural}${name === '' ? '' : `/${name}`}`

/** Creates a definition and waits until it is served. */
export async function define(
  server: TestServer,
  definition: { metadata: { name: string; annotations?: object } },
): Promise<void> {
  const { status, body } = await call(server, 'POST', definitionsPath, definition)
  expect(status, JSON.stringify(body.message)).toBe(201)
  await vi.waitFor(async () =>
    expect(await conditionsOf(server, definition.metadata.name)).toContain('Established=True'),
  )
}

export async function conditionsOf(server: TestServer, name: string): Promise<string[]> {
  const { body } = await call(server, 'GET', `${definitionsPath}/${name}`)
  const { conditions }: { conditions?: { type: string; status: string }[] | null } = Object(body.status)
  return (conditions ?? []).map(({ type, status }) => `${type}=${status}`)
}

/** The messages of a refusal's causes, each with its field. */
export function causesOf({ body }: Answer): string[] {
  const { causes }: { causes?: { field: string; message: string }[] } = Object(body.details)
  return (causes ?? []).map(({ field, message }) => `${field}: ${message}`)
}

import { Deployment, Pod } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { fieldInvalid, fieldRequired } from './field-errors.ts'
import {
  findStatusError,
  hasStatusCause,
  isBadRequest,
  isConflict,
  isExpired,
  isNotFound,
  isTooManyRequests,
  StatusError,
  statusCodes,
  suggestedDelay,
} from './status-error.ts'
import * as make from './status-errors.ts'

const pods = make.groupResource(Pod)
const deployments = make.groupResource(Deployment)

describe('the table of errors', () => {
  it.each([
    {
      error: make.notFound(pods, 'a'),
      want: {
        code: 404,
        reason: 'NotFound',
        message: 'pods "a" not found',
        details: { name: 'a', kind: 'pods' },
      },
    },
    {
      error: make.alreadyExists(deployments, 'web'),
      want: {
        code: 409,
        reason: 'AlreadyExists',
        message: 'deployments.apps "web" already exists',
        details: { name: 'web', group: 'apps', kind: 'deployments' },
      },
    },
    {
      error: make.generateNameConflict(pods, 'a-x', 1),
      want: {
        code: 409,
        reason: 'AlreadyExists',
        message: 'pods "a-x" already exists, the server was not able to generate a unique name for the object',
        details: { name: 'a-x', kind: 'pods', retryAfterSeconds: 1 },
      },
    },
    {
      error: make.conflict(deployments, 'web', make.optimisticLockMessage),
      want: {
        code: 409,
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again',
        details: { name: 'web', group: 'apps', kind: 'deployments' },
      },
    },
    {
      error: make.invalid(make.groupKind(Deployment), 'web', [
        fieldInvalid('spec.replicas', -1, 'must be greater than or equal to 0'),
        fieldRequired('spec.selector'),
        fieldRequired('spec.selector'),
      ]),
      want: {
        code: 422,
        reason: 'Invalid',
        message:
          'Deployment.apps "web" is invalid: [spec.replicas: Invalid value: -1: must be greater than or equal to 0, spec.selector: Required value]',
        details: {
          name: 'web',
          group: 'apps',
          kind: 'Deployment',
          causes: [
            {
              reason: 'FieldValueInvalid',
              message: 'Invalid value: -1: must be greater than or equal to 0',
              field: 'spec.replicas',
            },
            { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' },
            { reason: 'FieldValueRequired', message: 'Required value', field: 'spec.selector' },
          ],
        },
      },
    },
    {
      error: make.invalid({ group: '', kind: 'Pod' }, 'a', []),
      want: { code: 422, reason: 'Invalid', message: 'Pod "a" is invalid', details: { name: 'a', kind: 'Pod' } },
    },
    {
      error: make.forbidden(pods, 'a', 'no'),
      want: {
        code: 403,
        reason: 'Forbidden',
        message: 'pods "a" is forbidden: no',
        details: { name: 'a', kind: 'pods' },
      },
    },
    {
      error: make.forbidden(pods, '', 'no'),
      want: { code: 403, reason: 'Forbidden', message: 'pods is forbidden: no', details: { kind: 'pods' } },
    },
    {
      error: make.forbidden({ group: '', resource: '' }, '', 'no'),
      want: { code: 403, reason: 'Forbidden', message: 'forbidden: no', details: {} },
    },
    {
      error: make.methodNotSupported(pods, 'patch'),
      want: {
        code: 405,
        reason: 'MethodNotAllowed',
        message: 'patch is not supported on resources of kind "pods"',
        details: { kind: 'pods' },
      },
    },
    { error: make.badRequest('x'), want: { code: 400, reason: 'BadRequest', message: 'x' } },
    { error: make.unauthorized(), want: { code: 401, reason: 'Unauthorized', message: 'not authorized' } },
    { error: make.notAcceptable('x'), want: { code: 406, reason: 'NotAcceptable', message: 'x' } },
    { error: make.unsupportedMediaType('x'), want: { code: 415, reason: 'UnsupportedMediaType', message: 'x' } },
    {
      error: make.requestEntityTooLarge('limit is 3'),
      want: { code: 413, reason: 'RequestEntityTooLarge', message: 'Request entity too large: limit is 3' },
    },
    { error: make.resourceExpired('old'), want: { code: 410, reason: 'Expired', message: 'old' } },
    { error: make.gone('old'), want: { code: 410, reason: 'Gone', message: 'old' } },
    {
      error: make.internalError(new Error('disk')),
      want: {
        code: 500,
        reason: 'InternalError',
        message: 'Internal error occurred: disk',
        details: { causes: [{ message: 'disk' }] },
      },
    },
    {
      error: make.timeoutError('late', 2),
      want: { code: 504, reason: 'Timeout', message: 'Timeout: late', details: { retryAfterSeconds: 2 } },
    },
    {
      error: make.serverTimeout(pods, 'list', 1),
      want: {
        code: 500,
        reason: 'ServerTimeout',
        message: 'The list operation against pods could not be completed at this time, please try again.',
        details: { name: 'list', kind: 'pods', retryAfterSeconds: 1 },
      },
    },
    {
      error: make.tooManyRequests('slow down', 3),
      want: { code: 429, reason: 'TooManyRequests', message: 'slow down', details: { retryAfterSeconds: 3 } },
    },
    { error: make.serviceUnavailable('x'), want: { code: 503, reason: 'ServiceUnavailable', message: 'x' } },
    {
      error: make.tooLargeResourceVersion(7, 9),
      want: {
        code: 504,
        reason: 'Timeout',
        message: 'Timeout: Too large resource version: 9, current: 7',
        details: {
          causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
          retryAfterSeconds: 1,
        },
      },
    },
    {
      error: make.genericServerResponse(404, 'GET', pods, 'a', ''),
      want: {
        code: 404,
        reason: 'NotFound',
        message: 'the server could not find the requested resource (get pods a)',
        details: { name: 'a', kind: 'pods' },
      },
    },
    {
      error: make.genericServerResponse(502, 'GET', { group: '', resource: '' }, '', 'bad gateway'),
      want: {
        code: 502,
        reason: 'InternalError',
        message: 'an error on the server ("bad gateway") has prevented the request from succeeding',
        details: {},
      },
    },
    {
      error: make.genericServerResponse(409, 'POST', pods, '', ''),
      want: {
        code: 409,
        reason: 'AlreadyExists',
        message: 'the server reported a conflict (post pods)',
        details: { kind: 'pods' },
      },
    },
  ])('$want.code $want.reason: $want.message', ({ error, want }) => {
    expect(error.status).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', ...want })
    expect(error.message).toBe(want.message)
    expect(error.code).toBe(want.code)
    expect(error.reason).toBe(want.reason)
  })

  it('gives every reason that it makes the code of the table', () => {
    const codes: Readonly<Record<string, number>> = statusCodes
    expect(codes[make.gone('').reason]).toBe(410)
    expect(codes[make.badRequest('').reason]).toBe(400)
  })
})

describe('questions about an error', () => {
  it('are answered for a status error that another error wraps', () => {
    const wrapped = new Error('while listing', { cause: make.notFound(pods, 'a') })
    expect(isNotFound(wrapped)).toBe(true)
    expect(isConflict(wrapped)).toBe(false)
    expect(findStatusError(wrapped)?.code).toBe(404)
  })

  it('fall back to the code where the reason is not known', () => {
    const odd = new StatusError({ metadata: {}, code: 404, reason: 'Odd' })
    expect(isNotFound(odd)).toBe(true)
    expect(isBadRequest(new StatusError({ metadata: {}, code: 400, reason: 'NotFound' }))).toBe(false)
    expect(isTooManyRequests(new StatusError({ metadata: {}, code: 429, reason: 'NotFound' }))).toBe(true)
  })

  it('take both reasons of 410 as expired', () => {
    expect([make.gone(''), make.resourceExpired('')].every(isExpired)).toBe(true)
    expect(isExpired(new StatusError({ metadata: {}, code: 410 }))).toBe(true)
  })

  it('are no for what is no status error', () => {
    expect([undefined, null, 'x', new Error('x')].some(isNotFound)).toBe(false)
  })

  it('find causes and the delay that the server asks for', () => {
    expect(hasStatusCause(make.tooLargeResourceVersion(1, 2), 'ResourceVersionTooLarge')).toBe(true)
    expect(suggestedDelay(make.tooManyRequests('', 4))).toBe(4)
    expect(suggestedDelay(make.serverTimeout(pods, 'get', 0))).toBe(0)
    expect(suggestedDelay(make.notFound(pods, 'a'))).toBeUndefined()
  })
})

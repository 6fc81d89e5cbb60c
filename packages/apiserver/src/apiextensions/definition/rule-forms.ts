import { child, type FieldError, fieldInvalid, fieldNotSupported, fieldRequired, index } from '@wherry/apimachinery'
import type { Schema } from '../schema/schema.ts'
import { schemaAt } from './schema-path.ts'

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired']
const hasNewlines = (text: string) => /[\n\r]/.test(text)

/** The form of a schema's rules, whatever their expressions say. */
export function ruleErrors(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = []
  for (const [i, validation] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const at = index(child(path, 'x-kubernetes-validations'), i)
    const { rule = '', message = '', messageExpression = '', reason, fieldPath = '' } = validation
    if (rule.trim() === '') errors.push(fieldRequired(child(at, 'rule'), 'rule is not specified'))
    else if (message !== '' && message.trim() === '') {
      errors.push(fieldInvalid(child(at, 'message'), message, 'must be non-empty if specified'))
    } else if (hasNewlines(message.trim())) {
      errors.push(fieldInvalid(child(at, 'message'), message, 'must not contain line breaks'))
    } else if (hasNewlines(rule.trim()) && message.trim() === '') {
      errors.push(fieldRequired(child(at, 'message'), 'message must be specified if rule contains line breaks'))
    }
    if (messageExpression !== '' && messageExpression.trim() === '') {
      const detail = 'messageExpression must be non-empty if specified'
      errors.push(fieldRequired(child(at, 'messageExpression'), detail))
    }
    if (reason !== undefined && !reasons.includes(reason)) {
      errors.push(fieldNotSupported(child(at, 'reason'), reason, reasons))
    }
    if (fieldPath === '') continue
    const place = child(at, 'fieldPath')
    if (fieldPath.trim() === '') errors.push(fieldInvalid(place, fieldPath, 'must be non-empty if specified'))
    if (hasNewlines(fieldPath)) errors.push(fieldInvalid(place, fieldPath, 'must not contain line breaks'))
    if ('problem' in schemaAt(fieldPath, schema)) errors.push(fieldInvalid(place, fieldPath, 'must be a valid path'))
  }
  return errors
}

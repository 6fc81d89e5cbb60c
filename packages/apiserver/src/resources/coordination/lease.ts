import { Lease } from '@wherry/api'
import { type FieldError, fieldInvalid } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { nonNegative } from '../fields.ts'

export const leases = defineResource(Lease, {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  prepareForCreate: dropDisabled,
  prepareForUpdate: (lease, old) => (old.spec?.strategy === undefined ? dropDisabled(lease) : undefined),
  validate({ spec }) {
    const errors: FieldError[] = []
    const seconds = spec?.leaseDurationSeconds
    if (seconds !== undefined && seconds <= 0) {
      errors.push(fieldInvalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0'))
    }
    return [...errors, ...nonNegative('spec.leaseTransitions', spec?.leaseTransitions)]
  },
  columns: [
    nameColumn(),
    { name: 'Holder', type: 'string', value: (lease) => lease.spec?.holderIdentity ?? '' },
    ageColumn(),
  ],
})

/** Fields of coordinated leader election, which is off. */
function dropDisabled({ spec }: Lease): void {
  delete spec?.strategy
  delete spec?.preferredHolder
}

/** A bug that somebody could write: in a file, which holds `find` exactly once, `put` stands in its place. */
export type Mutant = {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly put: string
}

type Change = readonly [name: string, find: string, put: string]

const decide: readonly Change[] = [
  [
    'a fast clock opens a scope early',
    'Math.min(facts.now, facts.chainTime)',
    'Math.max(facts.now, facts.chainTime)',
  ],
  ['any purpose does', '((scope.purposes >> facts.purpose) & 1) === 0', 'false'],
  [
    'a revocation merely seen does not count',
    'grant.revocationSeen || grant.slot?.revoked',
    'grant.slot?.revoked',
  ],
  [
    'a revocation on the chain does not count',
    'grant.revocationSeen || grant.slot?.revoked === true',
    'grant.revocationSeen',
  ],
  ['any slot stands for a scope', "if (!isCommitted) return 'scope-mismatch'", ''],
  ['a scope of any epoch is good', 'scope.epoch !== facts.slot?.epoch ||', ''],
  ['a pushed stop does not count', 'scope.epoch < (facts.seen.epoch ?? 0)', 'false'],
  ['a pushed closing does not count', '|| seen.status === closedBySubject', ''],
  ['a closed relationship is open to viewers', "slot?.status === 'closedBySubject' ||", ''],
  [
    'a proposal is open to viewers',
    "if (slot?.status === 'proposed') return 'relationship-proposed'",
    '',
  ],
  [
    'a pushed rejection does not count',
    "(slot.status === 'proposed' && seen.status !== undefined)",
    'false',
  ],
  ['a rejected relationship is open', "slot.status === 'rejected' ||", ''],
  [
    'new keys freeze a relationship after k blocks only',
    'subjectVersions.some(',
    'subjectVersions.every(',
  ],
  ['an institution is certified at once', 'stewardVersions.some(', 'stewardVersions.every('],
  ['consent is not asked for', 'policy === policies.subjectOnly ?', 'policy !== 7 ?'],
  [
    'a policy that nobody knows is dual consent',
    'facts.terms.policy !== policies.dualConsent || !consent',
    '!consent',
  ],
  [
    'a withdrawal of consent merely seen does not count',
    'consent.revocationSeen || consent',
    'consent',
  ],
  ['a withdrawn consent counts', '|| consent.slot.revoked ||', '||'],
  ['consent never ends', '|| isOver(facts, consent.slot)', ''],
  ['viewers read former versions', '!isSubject(facts) && facts.isFormer', 'false'],
  ['one field granted opens the others', '(wanted & ~allowed) === 0n', '(wanted & allowed) !== 0n'],
  ['a mask may name fields of later', 'mask >> BigInt(known) !== 0n', 'false'],
  [
    'an unexplained change is served',
    "facts.isUnexplained ? 'unexplained' : undefined",
    'undefined',
  ],
  ['a request counts twice', "if (request.isReplay) return 'request-replayed'", ''],
  ['a request key never ends', '|| now >= statement.expires', ''],
  ['a request key begins at any time', 'now < statement.notBefore - clockTolerance ||', ''],
  ['a request never ends', '|| now > request.expires', ''],
  ['a request may live for a day', 'request.expires - request.created > requestLife ||', ''],
  ['a request of the future is good', 'request.created > now + clockTolerance ||', ''],
  [
    "another institution's scope is good",
    "if (!equal(scope.steward, facts.steward)) return 'scope-steward'",
    '',
  ],
  [
    "another patient's scope is good",
    "if (!equal(scope.subject, facts.terms.subjectTag)) return 'scope-subject'",
    '',
  ],
  [
    'a scope of another index is good',
    "if (!equal(scope.index, facts.terms.indexKey)) return 'scope-index'",
    '',
  ],
  [
    'a delegate reads every category',
    "isDelegated(categories, category) ? undefined : 'delegation-rights'",
    'undefined',
  ],
  [
    'an emergency opens every category',
    "isDelegated(emergency.categories, category) ? undefined : 'emergency-profile'",
    'undefined',
  ],
]

const gatherFacts: readonly Change[] = [
  [
    'a rebinding counts before it is k blocks deep',
    'before.entry(subject)?.version',
    'view.entry(subject)?.version',
  ],
  ['a certificate counts before it is k blocks deep', '[view, before].map', '[view, view].map'],
  ['a clinician is certified at once', '[before, view].map', '[view, view].map'],
  [
    'a clinician who is none any more is one for k blocks',
    '[before, view].map',
    '[before, before].map',
  ],
  [
    'consent of terms that ask for it is not looked at',
    'row.policy === policies.subjectOnly',
    'row.policy !== policies.subjectOnly',
  ],
  ['nobody asks for a certificate', "view.hasRole(steward, 'institution')", 'true'],
  ['a revocation undone with its block does not count', 'isUndone || context.seen', 'context.seen'],
  [
    'a closing undone with its block does not count',
    'undone?.status && endedAs[undone.status]',
    'undefined',
  ],
  ['a stop undone with its block does not count', 'undone?.epoch ?? 0', '0'],
  [
    "anybody's signature is a consent",
    "isStatementOf(row.consent, consent.signature, context.domain, 'Consent', statement)",
    'true',
  ],
  [
    'a consent to anything will do',
    '|| !holds(facts.slot, consentCommitment(hash, consent.slot))',
    '',
  ],
  ['a grant of anything will do', '&& holds(grant.slot, grantCommitment(hash))', ''],
  [
    "another patient's pointer is served",
    '=== body.relationship ? pointer : null',
    '!== "" ? pointer : null',
  ],
  ['a catalogue of later is known', 'if (version > catalogue) return undefined', ''],
  [
    'the head of a network with blocks is always of now',
    "=== 'block' ? view.head.time : now",
    "=== 'block' ? now : now",
  ],
  [
    'any word on a change opens it',
    'context.seen.confirmedVersion(pointer) <',
    'context.seen.acknowledgement(pointer) === undefined && 0 <',
  ],
]

const isOver: readonly Change[] = [
  ['a slow clock keeps a grant alive', 'Math.max(now, headTime) >= slot', 'now >= slot'],
  ['an idle chain keeps a grant alive', 'Math.max(now, headTime) >= slot', 'headTime >= slot'],
  [
    'a grant lives in its last second',
    'Math.max(now, headTime) >= slot',
    'Math.max(now, headTime) > slot',
  ],
]

const delegation: readonly Change[] = [
  [
    "another patient's delegation is good",
    "if (!equal(delegation.subject, facts.terms.subjectTag)) return 'delegation-parties'",
    '',
  ],
  [
    "another institution's delegation is good",
    "if (!equal(delegation.steward, facts.steward)) return 'delegation-parties'",
    '',
  ],
  [
    'a delegation of another index is good',
    "if (!equal(delegation.index, facts.terms.indexKey)) return 'delegation-parties'",
    '',
  ],
  [
    'dual consent knows delegates',
    "if (facts.terms.policy !== policies.subjectOnly) return 'delegation-policy'",
    '',
  ],
  ['a stop leaves delegations', 'delegation.epoch !== facts.slot?.epoch ||', ''],
  ['a pushed stop leaves delegations', 'delegation.epoch < (facts.seen.epoch ?? 0)', 'false'],
  [
    'a delegation begins early',
    'Math.min(facts.now, facts.chainTime)',
    'Math.max(facts.now, facts.chainTime)',
  ],
  [
    'a delegation taken back lives until its block',
    'slot.revocationSeen || slot.slot?.revoked',
    'slot.slot?.revoked',
  ],
  ['any slot stands for a delegation', "if (!isCommitted) return 'delegation-mismatch'", ''],
  [
    'a delegation never ends',
    "isOver(facts, slot.slot) ? 'delegation-expired' : undefined",
    'undefined',
  ],
  [
    'who may read for her may share for her',
    'hasRight(delegation.rights, facts.viewer !== undefined)',
    'hasRight(delegation.rights, false)',
  ],
  [
    'a delegate shares what she may not read',
    "isWithin ? undefined : 'delegation-rights'",
    'undefined',
  ],
]

const emergency: readonly Change[] = [
  [
    'anybody opens records in an emergency',
    'emergency.hasRole.length === 0 || emergency.hasRole.includes(false)',
    'false',
  ],
  [
    'a slow clock keeps an emergency open',
    'Math.max(facts.now, facts.headTime) >= emergency',
    'facts.now >= emergency',
  ],
  [
    'an emergency is open to who opted out',
    "if (emergency.categories === 0) return 'emergency-opted-out'",
    '',
  ],
  [
    'an emergency serves any purpose',
    "facts.purpose === undefined || facts.purpose === emergencyPurpose ? undefined : 'purpose'",
    'undefined',
  ],
]

const others: readonly (readonly [file: string, changes: readonly Change[]])[] = [
  ['packages/gatekeeper/src/query/delegation.ts', delegation],
  ['packages/gatekeeper/src/query/emergencyReason.ts', emergency],
  [
    'packages/gatekeeper/src/query/Seen.ts',
    [
      [
        'a pushed stop is taken back by an older one',
        'Math.max(number, this.#revoked.get(name) ?? 0)',
        'number',
      ],
      [
        'a restart forgets what was pushed',
        'for (const row of AccessTables.revocations(database)) this.#remember(row)',
        '',
      ],
      [
        'a word on what does not exist yet counts',
        'isEarly ? { ...said, verdict: saidEarly } : said',
        'said',
      ],
      [
        'that a version is wrong confirms it',
        'verdict === 0 ? [version] : []',
        'verdict !== 2 ? [version] : []',
      ],
    ],
  ],
  [
    'packages/gatekeeper/src/query/viewReason.ts',
    [
      ['a sign of life of the future is good', 'Math.abs(ageMs)', 'ageMs'],
      ['an old view is good', '|| isOld', ''],
      ['a view that was never current is good', '!isSynced ||', ''],
      ['a view that others are ahead of is good', '|| isBehind', ''],
      [
        'two doors may contradict each other',
        "if (witness === 'differs') return 'view-disputed'",
        '',
      ],
      ['a heartbeat counts as long as a block', 'heartbeat: 60', 'heartbeat: 300'],
    ],
  ],
  [
    'packages/client/src/fold/ChainState.ts',
    [
      ['a reorganisation takes endings back', 'this.remember(this.endingsIn(block))', ''],
      [
        'only the last ending of a block taken back is kept',
        'joined(this.#endings.get(key), ending)',
        'ending',
      ],
      ['k blocks before is k - 1', 'number > limit', 'number > limit + 1'],
    ],
  ],
  [
    'packages/client/src/fold/endings.ts',
    [
      [
        'a rejection undone with its block is forgotten',
        "status === 'rejected' || status === 'closedBySubject' ?",
        "status === 'closedBySubject' ?",
      ],
      [
        'of two stops the last one taken back counts',
        'Math.max(one.epoch, other.epoch)',
        'other.epoch',
      ],
    ],
  ],
  [
    'packages/client/src/fold/Tables.ts',
    [
      [
        'a block is undone in its own order',
        '(this.#changes.pop() ?? []).reverse()',
        '(this.#changes.pop() ?? [])',
      ],
      [
        'what was some blocks ago is what is',
        'if (blocks === 0) return this',
        'if (blocks >= 0) return this',
      ],
    ],
  ],
  [
    'packages/client/src/fold/foldRegistrar.ts',
    [
      [
        'a certificate is never taken away',
        '{ idTag, role: name, certified, block }',
        '{ idTag, role: name, certified: true, block }',
      ],
    ],
  ],
  [
    'packages/protocol/src/slots.ts',
    [
      [
        'a revoked slot reads as any other',
        'revoked: sequence === revokedSequence',
        'revoked: false',
      ],
    ],
  ],
  [
    'packages/protocol/src/scope.ts',
    [
      [
        'an entry speaks of every pointer of its kind',
        'equal(entry.pointer, pointer.id) ||',
        'true ||',
      ],
      ['an entry speaks of every category', 'entry.category === pointer.category &&', ''],
      ['an entry speaks of every schema', 'entry.schema === pointer.schema &&', ''],
    ],
  ],
]

const of = (file: string, changes: readonly Change[]): readonly Mutant[] =>
  changes.map(([name, find, put]) => ({ name, file, find, put }))

/** Bugs in the decision and in what it rests on. */
export const mutants: readonly Mutant[] = [
  ...of('packages/gatekeeper/src/query/decide.ts', decide),
  ...of('packages/gatekeeper/src/query/isOver.ts', isOver),
  ...of('packages/gatekeeper/src/query/gatherFacts.ts', gatherFacts),
  ...others.flatMap(([file, changes]) => of(file, changes)),
]

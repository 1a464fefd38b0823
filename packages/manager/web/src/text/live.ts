/** Words for what the network answers. */
export const live = {
  invitationUnreadable:
    'This is no invitation. Copy the whole line that your institution printed, or scan its QR code.',
  inviterUnknown: (origin: string) =>
    `No institution of this network has the address ${origin}. Do not use this invitation: ask your institution for one, in person. Nothing was sent.`,
  notACard: 'This is not a card. Copy the whole text of the card, or read its QR code.',
  wordsWrong: 'These are not recovery words. Look at your paper again.',
  noPortal: 'This address does not answer as it should. Check the connection and try again.',
  noDoor: (n: number, hosts: string) =>
    `${n === 1 ? 'The place that shows the network does not answer' : `None of the ${n} places that show the network answers`} (${hosts}). Check your connection. If it works for other pages, your institution’s computer may be off: try again later.`,
  wrongDoor: (hosts: string) =>
    `What answers is not the network that this app belongs to (${hosts}). Tell your institution.`,
  refused: 'The network did not take it.',
  refusals: {
    UNREACHABLE: 'The institution does not answer now.',
    PROFILE_URL_WRONG:
      'The address that the institution published cannot be used. Tell the institution.',
    ROOT_UNKNOWN: 'The records do not match what the institution put on record.',
    RESULT_BROKEN: 'The records do not match what the institution put on record.',
  } as Readonly<Record<string, string>>,
  codes: {
    'grant-expired': 'the time was over',
    'grant-revoked': 'sharing was stopped',
    'consent-missing': 'the institution has not agreed',
  } as Readonly<Record<string, string>>,
  records: 'your record',
  technical: {
    idTag: 'Your tag on the network',
    identity: 'Your public address',
    network: 'Network id',
    chain: 'Chain number',
    registrar: 'Registrar contract',
    ledger: 'Ledger contract',
    block: 'Newest block',
    blockHash: 'Its hash',
    registrarHead: 'Running head of the registrar',
    ledgerHead: 'Running head of the ledger',
    confirmations: 'Blocks until final',
    doors: 'Doors asked',
    relationship: (who: string) => `Relationship with ${who}`,
    anchor: (who: string) => `Newest anchor of ${who}`,
    anchorValue: (counter: number, block: number, root: string) =>
      `number ${counter}, block ${block}, ${root}`,
    ignored: 'Notes that did not open or prove',
  },
  stranger: 'Somebody unknown',
  exposed: {
    membersWhat: 'That there are members',
    membersSeen: (n: number) =>
      `${n} members. Each is a random-looking tag with the institutions that vouched for it. One of them is you.`,
    membersHidden:
      'Your name, your ID number, your birthday. Nobody can work out the tag from them without the registrar.',
    relationsWhat: 'Which institutions keep your record',
    relationsSeen: (n: number) =>
      `A list of ${n} changes on the whole network, each under a name that is used once.`,
    relationsHidden: (n: number) =>
      `That ${n === 1 ? '1 connection' : `${n} connections`} in it are yours, and with whom. Nobody can tell that they belong together.`,
    sharesWhat: 'What you share, and with whom',
    sharesSeen:
      'That somebody shared something, until when, and if it was stopped. Each stands alone.',
    sharesHidden: (n: number) =>
      `That ${n} of them are yours. Who looks, what is shared, and at which institution.`,
    notesWhat: 'Messages to you and from you',
    notesSeen: 'That sealed messages were left, and when. All have the same length.',
    notesHidden: (n: number) =>
      `That ${n} of them are yours. From whom, to whom, and every word in them.`,
    recordsWhat: 'Your health data',
    recordsSeen: 'Nothing. Only one fingerprint of all that an institution keeps, mixed together.',
    recordsHidden: 'All of it. It leaves your institutions only to those you let in.',
    timeWhat: 'Times',
    timeSeen:
      'When something happened. Who knows when you saw your doctor may guess that a change of that minute is yours.',
    timeHidden: 'What it was.',
    insidersWhat: 'People who are no strangers',
    insidersSeen:
      'Each of your institutions knows its own part: that it is connected with you, and what you share from there. Who may look knows what you showed, and sees when you stop.',
    insidersHidden: 'Your other institutions, and what you share with others.',
  },
} as const

/**
 * The issuer the database knows the demonstration's own sign-in service by. Its address changes with the port; and no
 * outside service can claim this name, because theirs are addresses.
 */
export const embeddedIssuer = 'embedded'

/** Where the embedded provider is mounted on our own site. */
export const embeddedPath = '/idp'

// The one version of all daemons and the command line; a house test compares it with package.json.
export const VERSION = '0.1.0';

/** What output of ansible-playbook means, and what to do. The first words of each are what a person is told. */
const HINTS: readonly [RegExp, string][] = [
  [
    /UNREACHABLE!|unreachable=[1-9]/,
    'A machine does not answer over SSH: see whether it is on, and whether the key of this user is in its authorized_keys.',
  ],
  [
    /Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/,
    'The key of a machine is not known or has changed: compare it on its own screen before you trust it.',
  ],
  [
    /Syntax Error|ERROR! We were unable to read|could not find expected|mapping values are not allowed/i,
    'A playbook or a file that it reads is not valid YAML: look at the line that is named.',
  ],
  [
    /is undefined|AnsibleUndefinedVariable|undefined variable/i,
    'A variable has no value: give it with vars, or set it in group_vars.',
  ],
  [
    /couldn't resolve module|unable to find.*collection|No module named 'ansible_collections/i,
    'A collection is missing: install it with `ansible-galaxy collection install NAME`.',
  ],
  [
    /Could not get lock|dpkg frontend lock|Unable to acquire the dpkg/i,
    'Another program installs packages on that machine: wait until it is done, then run it again.',
  ],
  [
    /Missing sudo password|sudo: a password is required|Incorrect sudo password/i,
    'It needs a sudo password, which the agent does not have: run it by hand with --ask-become-pass.',
  ],
  [
    /Permission denied|Operation not permitted|EACCES/i,
    'The user of the playbook may not do that there: see whether the task needs `become`.',
  ],
  [/No space left on device/i, 'A disk is full.'],
  [
    /Could not match supplied host pattern|no hosts matched|skipping: no hosts|Specified hosts and\/or --limit does not match/i,
    'No machine fits: look at the limit and at the inventory.',
  ],
];

/** Hints for what is known to go wrong, in the order in which people should look. */
export const hintsFor = (output: string): string[] =>
  HINTS.filter(([sign]) => sign.test(output)).map(([, hint]) => hint);

"""Which level of a file of several runs next: profiles, the policy, its replay, and how a choice is put into force."""

/* SPDX-License-Identifier: GPL-2.0-only */
/* test/unit/attach_roles.h - the programs of attach_test, which spawns itself, attached, in each of these roles */
#ifndef TEST_UNIT_ATTACH_ROLES_H
#define TEST_UNIT_ATTACH_ROLES_H

#include <stdbool.h>
#include <stddef.h>

/* attach_role() - the name of role @i of those that are run by themselves; NULL: there are no more. */
const char *attach_role(size_t i);
/* attach_role_run() - the role that argv[1] names; false: there is none. *status is what it returns: 0, or where it was not as expected. */
bool attach_role_run(int argc, char **argv, int *status);

#endif

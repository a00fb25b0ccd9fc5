# SPDX-License-Identifier: GPL-2.0-only
# stdpkt - `make help` says what there is

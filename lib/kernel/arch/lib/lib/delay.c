// SPDX-License-Identifier: GPL-2.0-only
/* arch/lib/lib/delay.c - devices answer at once: there is nothing to delay for */
#include <linux/delay.h>
#include <linux/export.h>

void __delay(unsigned long loops)
{
}

void __udelay(unsigned long usecs)
{
}

void __const_udelay(unsigned long xloops)
{
}

void __ndelay(unsigned long nsecs)
{
}

#pragma once

#include "page_files.h"

// The files of the scheduler's pages.
struct page_table scheduler_pages(void);

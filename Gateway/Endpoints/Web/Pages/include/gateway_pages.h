#pragma once

#include "page_files.h"

// The files of the gateway's own pages.
struct page_table gateway_pages(void);

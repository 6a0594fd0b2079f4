// Files for browsers, held in the binary: the compiler reads them with #embed (C23) and builds anew when one changes.
#pragma once

#include <stddef.h>

struct page_file {
    const char *name;
    const unsigned char *bytes;
    size_t size;
};

struct page_table {
    const struct page_file *files;
    size_t count;
};

// What the pages of both programs share. Lives as long as the program, like every such table.
struct page_table shared_pages(void);

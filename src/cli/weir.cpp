#include <string>
#include <vector>

#include "cli/main.h"

int main(int count, char** words) {
    return weir::cli::run({words + 1, words + count});
}

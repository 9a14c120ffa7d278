# Writes files into a C++ source as arrays:
#   cmake -DFOLDER=<folder> -DFILES=<a,b,…> -DHEADER=<server/x.h> -DFUNCTION=<x> -DOUTPUT=<file.cpp> -P EmbedFiles.cmake
# The source defines weir::<x>(), which the header declares. No tool but CMake is needed.
string(REPLACE "," ";" files "${FILES}")
set(arrays "")
set(entries "")
set(number 0)
foreach(file IN LISTS files)
  file(READ "${FOLDER}/${file}" hex HEX)
  file(SHA256 "${FOLDER}/${file}" digest)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "constexpr unsigned char file_${number}[] = {${bytes}0};\n")
  string(APPEND entries "    {\"${file}\", text(file_${number}, ${size}), \"${digest}\"},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE "${OUTPUT}.new" "#include \"${HEADER}\"

namespace weir {
namespace {

${arrays}
std::string_view text(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

const EmbeddedFile files[] = {
${entries}};

}  // namespace

std::span<const EmbeddedFile> ${FUNCTION}() {
    return files;
}

}  // namespace weir
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUTPUT}.new")

# Writes files into a C++ source as arrays: cmake -DFOLDER=<folder> -DFILES=<a,b,…> -DOUTPUT=<file.cpp> -P EmbedFiles.cmake
# The source defines weir::page_files() of src/server/page_files.h. No tool but CMake is needed.
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
file(WRITE "${OUTPUT}.new" "#include \"server/page_files.h\"

namespace weir {
namespace {

${arrays}
std::string_view text(const unsigned char* bytes, std::size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
}

const PageFile files[] = {
${entries}};

}  // namespace

std::span<const PageFile> page_files() {
    return files;
}

}  // namespace weir
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUTPUT}.new")

# For one static program: libraries as archives, under the names by which the modules link them otherwise.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
set(OPENSSL_USE_STATIC_LIBS ON)
set(ZLIB_USE_STATIC_LIBS ON)

# Debian's simdjson has no archive: its two source files, as script/package fetches them.
set(WEIR_SIMDJSON_SOURCE "" CACHE PATH "The folder of simdjson.cpp and simdjson.h")
if(NOT EXISTS ${WEIR_SIMDJSON_SOURCE}/simdjson.cpp)
  message(FATAL_ERROR "WEIR_SIMDJSON_SOURCE must be the folder of simdjson.cpp and simdjson.h; script/package fetches them.")
endif()
add_library(simdjson_archive STATIC ${WEIR_SIMDJSON_SOURCE}/simdjson.cpp)
target_include_directories(simdjson_archive SYSTEM BEFORE PUBLIC ${WEIR_SIMDJSON_SOURCE})
target_compile_options(simdjson_archive PRIVATE -w)
add_library(simdjson::simdjson ALIAS simdjson_archive)

find_package(fmt REQUIRED)
find_package(zstd REQUIRED)
set(WEIR_FMT fmt::fmt-header-only)
set(WEIR_ZSTD zstd::libzstd_static)

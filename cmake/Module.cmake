# weir_module(<name> [DEPENDS module…] [LIBRARIES target…] [PRIVATE_LIBRARIES target…])
# One static library from all sources of the current folder; headers are included as "<name>/file.h".
function(weir_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp *.h)
  add_library(weir_${name} STATIC ${sources})
  set_target_properties(weir_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(weir_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ARG_DEPENDS PREPEND weir_)
  target_link_libraries(weir_${name} PUBLIC ${ARG_DEPENDS} ${ARG_LIBRARIES} PRIVATE ${ARG_PRIVATE_LIBRARIES})
endfunction()

# weir_test(<module> [CASES n] [LIBRARIES target…]): one test program from tests/<module>/*_test.cpp. CASES: how many random
# cases a property is tried with (RapidCheck's default is 100), for properties whose every case costs a disk's time.
function(weir_test module)
  cmake_parse_arguments(ARG "" "CASES" "LIBRARIES" ${ARGN})
  set(environment ${WEIR_TEST_ENVIRONMENT})
  if(ARG_CASES)
    list(APPEND environment RC_PARAMS=max_success=${ARG_CASES})
  endif()
  if(environment)
    string(REPLACE ";" "\\;" environment "${environment}")
    set(environment ENVIRONMENT ${environment})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS *.cpp *.h)
  add_executable(${module}_test ${sources})
  target_link_libraries(${module}_test PRIVATE weir_${module} weir_test_support ${ARG_LIBRARIES}
                        GTest::gtest_main)
  gtest_discover_tests(${module}_test TEST_PREFIX ${module}/ PROPERTIES LABELS unit TIMEOUT 600 ${environment}
                       DISCOVERY_TIMEOUT 60)
endfunction()

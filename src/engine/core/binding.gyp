{
  # One static library a SIMD level: the same source, its own instruction set and namespace. addon.node picks at load.
  'target_defaults': {
    'include_dirs': ['.'],
    'defines': ['NAPI_VERSION=9', 'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS'],
    # No contraction: a row must round the same way in every kernel variant of one level.
    'cflags_cc': ['-std=c++20', '-O3', '-Wall', '-Wextra', '-ffp-contract=off', '-fno-math-errno', '-fvisibility=hidden'],
    'cflags_cc!': ['-std=gnu++20', '-std=gnu++17'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'OTHER_CPLUSPLUSFLAGS': ['-Wall', '-Wextra', '-ffp-contract=off', '-fno-math-errno'],
    },
  },
  'targets': [
    {
      'target_name': 'kernels_scalar',
      'type': 'static_library',
      'sources': ['kernels/level.cpp'],
      'defines': ['PATHACT_LEVEL=scalar'],
    },
    {
      'target_name': 'pathact_core',
      'dependencies': ['kernels_scalar'],
      'include_dirs': ["<!(node -p \"require('node-addon-api').include_dir\")"],
      'sources': [
        'addon.cpp',
        'addon-attention.cpp',
        'addon-batch.cpp',
        'addon-convert.cpp',
        'addon-kernels.cpp',
        'addon-options.cpp',
        'block-file.cpp',
        'crc32c.cpp',
        'forward.cpp',
        'forward-attention.cpp',
        'forward-mixed.cpp',
        'forward-predict.cpp',
        'forward-products.cpp',
        'forward-streamed.cpp',
        'kv-cache.cpp',
        'kv-memory.cpp',
        'mapped-file.cpp',
        'model.cpp',
        'repack.cpp',
        'thread-pool.cpp',
        'kernels/select.cpp',
      ],
      'conditions': [
        ['target_arch=="x64"', {
          'dependencies': ['kernels_avx2', 'kernels_avx512'],
          'defines': ['PATHACT_X64'],
        }],
      ],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'variables': {
        'avx2_flags': ['-mavx2', '-mfma', '-mf16c', '-mbmi2'],
        # GCC 12 warns about its own AVX-512 header.
        'avx512_flags': [
          '-Wno-uninitialized', '-Wno-maybe-uninitialized',
          '-mavx2', '-mfma', '-mf16c', '-mbmi2', '-mprefer-vector-width=512',
          '-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512dq', '-mavx512vnni',
        ],
      },
      'targets': [
        {
          'target_name': 'kernels_avx2',
          'type': 'static_library',
          'sources': ['kernels/level.cpp'],
          'defines': ['PATHACT_LEVEL=avx2'],
          'cflags_cc': ['<@(avx2_flags)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(avx2_flags)']},
        },
        {
          'target_name': 'kernels_avx512',
          'type': 'static_library',
          'sources': ['kernels/level.cpp'],
          'defines': ['PATHACT_LEVEL=avx512'],
          'cflags_cc': ['<@(avx512_flags)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(avx512_flags)']},
        },
      ],
    }],
  ],
}
